"""What every command shares: the settings' flags, and how errors end a command."""

from __future__ import annotations

import functools
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from rag.errors import VerbatimError
from rag.settings import Settings

_logger = logging.getLogger(__name__)

Command = TypeVar("Command", bound=Callable[..., Any])

NOTHING_RELEVANT = 3
FAILED = 1
INTERRUPTED = 130


def settings_options(*names: str) -> Callable[[Command], Command]:
    """Give a command the named settings as flags, and hand it the ``settings`` they make."""
    explanations = Settings.explanations()

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            flags = {name: kwargs.pop(name) for name in names}
            context = click.get_current_context().find_root()
            file: Path | None = context.params.get("config")
            settings = Settings.load(file=file, flags=flags)
            return function(*args, settings=settings, **kwargs)

        for name in reversed(names):
            default, explanation = explanations[name]
            flag = "--" + name.replace("_", "-")
            flags = ("--model", flag) if name == "llm" else (flag,)
            shown = f" [default: {default}]" if default not in ("", None) else ""
            run = click.option(*flags, name, default=None, help=explanation + shown)(run)
        return run  # type: ignore[return-value]

    return decorate


def collection_flag(function: Command) -> Command:
    """Give a command ``--collection`` and hand it over."""
    explanation = "collection of documents, an index of its own  [default: default]"
    option: Callable[[Command], Command] = click.option("--collection", help=explanation)
    return option(function)


def collection_option(*, create: bool = False) -> Callable[[Command], Command]:
    """Give a command ``--collection``, and let its ``settings`` be of that collection's index.

    Args:
        create: one that is not there yet will do.
    """

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def run(*args: Any, settings: Settings, collection: str | None, **kwargs: Any) -> Any:
            if collection:
                from rag.collection_set import in_collection

                settings = in_collection(settings, collection, create=create)
            return function(*args, settings=settings, **kwargs)

        return collection_flag(run)  # type: ignore[return-value]

    return decorate


def print_json(value: object) -> None:
    """Print one JSON object on one line, Chinese unescaped where the terminal can show it."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # half a character, or a terminal that is not UTF-8
        text = json.dumps(value)
    click.echo(text)


def fail(error: BaseException, *, verbose: bool) -> NoReturn:
    """End the process with one line on stderr and the error's exit code."""
    if isinstance(error, VerbatimError):
        code = error.exit_code
        reason = str(error)
    else:
        code = FAILED
        reason = f"unexpected {type(error).__name__}: {error}; run again with --verbose for details"
    if verbose:
        _logger.error("details", exc_info=error)
    click.echo("error: " + " ".join(reason.split()), err=True)
    sys.exit(code)
