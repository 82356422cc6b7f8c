"""Answers, citations and passages as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from rag.chunking import HEADING_SEPARATOR
from rag.types import (
    Answer,
    AnswerDone,
    AnswerEvent,
    Citation,
    Document,
    EvidenceFound,
    Hit,
    Support,
    TextPiece,
)

_CONTEXT_CHARACTERS = 240
_DOUBTFUL = {
    Support.PARTLY: "only partly in the documents",
    Support.UNSUPPORTED: "not in the documents",
}


class AnswerPrinter:
    """Prints an answer while it arrives: sources first, then the text, then its citations."""

    def __init__(self, console: Console | None = None) -> None:
        """Print to ``console``; by default to the terminal."""
        self._console = console or Console(highlight=False, soft_wrap=True)

    def show(self, events: Iterator[AnswerEvent]) -> Answer:
        """Print all of an answer and return it."""
        for event in events:
            if isinstance(event, EvidenceFound):
                self._sources(event)
            elif isinstance(event, TextPiece):
                self._console.print(Text(event.text), end="")
            elif isinstance(event, AnswerDone):
                return self._end(event.answer)
        raise AssertionError("an answer's stream ends with AnswerDone")

    def _sources(self, found: EvidenceFound) -> None:
        sections = dict.fromkeys(_place(item.hit) for item in found.evidence)
        if sections:
            names = "\n".join(f"  {escape(name)}" for name in sections)
            self._console.print(f"[dim]Reading\n{names}[/dim]\n")

    def _end(self, answer: Answer) -> Answer:
        if answer.abstained:
            self._console.print(Text(answer.text))
        else:
            self._console.print("\n")
            for citation in answer.citations:
                self._console.print(citation_line(citation))
            for sentence in answer.sentences:
                if sentence.support in _DOUBTFUL:
                    note = f"{_DOUBTFUL[sentence.support]}: {sentence.text}"
                    self._console.print(Text(note, style="yellow"))
        seconds = answer.timings.total / 1000
        self._console.print(f"[dim]{escape(answer.model)} · {seconds:.1f} s[/dim]")
        return answer


def citation_line(citation: Citation) -> Text:
    """Return ``[1] document › section, characters 10–42``."""
    line = Text(f"[{citation.n}] ", style="bold cyan")
    path = HEADING_SEPARATOR.join((citation.document, *citation.section))
    page = f", page {citation.page}" if citation.page else ""
    line.append(path, style="default not bold")
    line.append(f"{page}, characters {citation.start}–{citation.end}", style="dim not bold")
    return line


def in_context(document: Document, start: int, end: int) -> Text:
    """Return the text around ``[start, end)`` with the span itself marked."""
    before = document.text[max(0, start - _CONTEXT_CHARACTERS) : start]
    after = document.text[end : end + _CONTEXT_CHARACTERS]
    text = Text(before, style="dim")
    text.append(document.text[start:end], style="bold black on yellow")
    text.append(after, style="dim")
    return text


def print_hits(console: Console, hits: Sequence[Hit]) -> None:
    """Print passages with their scores."""
    for number, hit in enumerate(hits, start=1):
        scores = hit.scores
        parts = [f"score {scores.fused:.3f}", f"relevance {scores.relevance:.2f}"]
        if scores.lexical is not None:
            parts.append(f"lexical {scores.lexical:.2f}")
        if scores.dense is not None:
            parts.append(f"dense {scores.dense:.3f}")
        console.print(f"[bold cyan]{number}.[/bold cyan] {escape(_place(hit))}")
        console.print(f"   [dim]{' · '.join(parts)}[/dim]")
        excerpt = " ".join(hit.stored.chunk.text.split())
        console.print(Text("   " + excerpt[:200] + ("…" if len(excerpt) > 200 else "")))


def _place(hit: Hit) -> str:
    chunk = hit.stored.chunk
    page = f", page {chunk.page}" if chunk.page else ""
    return HEADING_SEPARATOR.join((hit.stored.document, *chunk.heading_path)) + page
