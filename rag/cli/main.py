"""The ``rag`` command: commands are read from their modules when they are called for.

Imports of a command's own needs happen in the command, so that ``rag --help`` is immediate.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from rag import __version__
from rag.cli.options import INTERRUPTED, fail
from rag.settings import go_offline

# Command → module of rag.cli that holds it as a function of the same name, and its summary.
_COMMANDS = {
    "ask": ("ask", "Answer one question, with citations."),
    "answer-file": ("ask", "Answer many questions from a JSON Lines file."),
    "serve": ("serve", "Open the page in a browser."),
    "chat": ("chat", "Ask in a conversation in the terminal."),
    "index": ("index", "Index files and folders."),
    "search": ("search", "Show the passages that bear on a question."),
    "sources": ("sources", "List the indexed documents, or show one."),
    "stats": ("sources", "Show the state of the index."),
    "eval": ("evaluate", "Score the answers to a question set."),
    "models": ("models", "List models and download them."),
    "doctor": ("doctor", "Check machine, build, models and index."),
}


class _LazyGroup(click.Group):
    """A group whose commands are imported on use."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        file = _COMMANDS[cmd_name][0]
        module = importlib.import_module(f"rag.cli.{file}")
        # `eval` is a built-in's name; its function is called as its module is.
        name = file if cmd_name == "eval" else cmd_name.replace("-", "_")
        command: click.Command = getattr(module, name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; that the reader of its output has gone (`… | head`) is no failure."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except (BrokenPipeError, SystemExit) as end:
            # rich ends the process itself.
            if not isinstance(end, BrokenPipeError) and not isinstance(
                end.__context__, BrokenPipeError
            ):
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return result

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), help="settings file [default: rag.toml]")
@click.option("--verbose", "-v", is_flag=True, help="say what is being done, and details of errors")
@click.version_option(__version__, prog_name="rag")
def rag(config: Path | None, verbose: bool) -> None:
    """Ask your own documents, offline; every answer leads to the words it came from."""
    del config  # read by the commands that take settings
    logging.basicConfig(
        level=logging.INFO if verbose else logging.ERROR,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line; end the process with its exit code, never with a traceback."""
    go_offline()
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal that cannot show a character shows a question mark in its place.
        sys.stdout.reconfigure(errors="replace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    verbose = "--verbose" in given or "-v" in given
    try:
        result = rag.main(args=given, prog_name="rag", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except Exception as error:  # the last resort of a command line
        fail(error, verbose=verbose)
    sys.exit(result if isinstance(result, int) else 0)
