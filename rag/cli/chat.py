"""``rag chat``: a conversation in the terminal."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator

import click
from rich.console import Console
from rich.text import Text

from rag.cli.options import collection_option, settings_options
from rag.cli.rendering import AnswerPrinter, in_context
from rag.engine import Engine
from rag.errors import VerbatimError
from rag.settings import Settings
from rag.types import Answer, Message, Role

_logger = logging.getLogger(__name__)

_HELP = """\
Ask in Chinese or English. 用中文或英文提问即可。
  /open N    show citation [N] of the last answer in its document  查看引用 [N] 的原文
  /sources   list the indexed documents                            列出已索引的文档
  /new       start a new conversation                              开始新的对话
  /quit      leave (also Ctrl-D)                                   退出"""


@click.command("chat")
@settings_options("index", "k", "llm", "embedder", "mode", "models", "threads", "min_confidence")
@collection_option()
def chat(settings: Settings) -> None:
    """Ask in a conversation; follow-up questions may lean on earlier ones."""
    with Engine(settings) as engine:
        Chat(engine).run()


class Chat:
    """A conversation over one engine."""

    def __init__(self, engine: Engine, console: Console | None = None) -> None:
        """Talk on ``console``; by default on the terminal."""
        self._engine = engine
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._printer = AnswerPrinter(self._console)
        self._history: list[Message] = []
        self._last: Answer | None = None
        self._commands: dict[str, Callable[[str], None]] = {
            "/help": lambda _: self._console.print(_HELP, markup=False),
            "/open": self._open,
            "/sources": lambda _: self._sources(),
            "/new": lambda _: self._forget(),
        }

    def run(self) -> None:
        """Read questions until the input ends."""
        stats = self._engine.reader.stats()
        self._console.print(
            f"[bold]Verbatim[/bold] · {stats.documents} documents, {stats.chunks} passages · "
            f"{self._engine.models.llm_entry.name}"
        )
        self._console.print("[dim]/help 查看命令 · /quit 退出[/dim]")
        self._warm_up()
        for line in _lines():
            if line in ("/quit", "/exit"):
                return
            self._take(line)

    def _take(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        try:
            if name in self._commands:
                self._commands[name](rest.strip())
            elif name.startswith("/"):
                self._console.print(f"unknown command {name}; /help lists them", markup=False)
            else:
                self._ask(line)
        except VerbatimError as error:
            self._console.print(Text(f"error: {error}", style="red"))
        except KeyboardInterrupt:
            self._console.print("\n[dim]stopped[/dim]")

    def _ask(self, question: str) -> None:
        answer = self._printer.show(self._engine.stream(question, history=self._history))
        self._last = answer
        self._history += [
            Message(Role.USER, question),
            Message(Role.ASSISTANT, answer.text),
        ]

    def _open(self, number: str) -> None:
        citations = {str(item.n): item for item in self._last.citations} if self._last else {}
        citation = citations.get(number.strip("[]"))
        if citation is None:
            known = ", ".join(citations) or "none yet"
            self._console.print(f"no citation {number!r}; there are: {known}", markup=False)
            return
        document = self._engine.reader.document(citation.document)
        self._console.print(in_context(document, citation.start, citation.end))

    def _sources(self) -> None:
        for item in self._engine.reader.documents():
            self._console.print(Text(f"  {item.name}  {item.title}"))

    def _forget(self) -> None:
        self._history.clear()
        self._last = None
        self._console.print("[dim]new conversation · 新对话[/dim]")

    def _warm_up(self) -> None:
        """Load the models while the first question is typed."""

        def load() -> None:
            try:
                self._engine.warm_up()
            except VerbatimError as error:
                # The first question meets the same error and shows it.
                _logger.info("warming up failed: %s", error)

        threading.Thread(target=load, name="warm-up", daemon=True).start()


def _lines() -> Iterator[str]:
    """Yield non-empty lines from the terminal, with editing and history, or from a pipe."""
    if not sys.stdin.isatty():
        for line in sys.stdin:
            if line.strip():
                yield line.strip()
        return
    from prompt_toolkit import PromptSession

    session: PromptSession[str] = PromptSession()
    while True:
        try:
            line = session.prompt("\n❯ ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if line:
            yield line
