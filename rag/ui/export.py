"""A conversation as Markdown, every citation a footnote."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.chunking import HEADING_SEPARATOR
from rag.conversations import Conversation, Turn
from rag.types import Answer, Citation
from rag.ui.texts import Texts

_FORMULA = re.compile(r"\$\$.+?\$\$|(?<![\\$\d])\$(?!\s)[^$\n]{1,400}?(?<![\s\\])\$(?!\d)", re.S)
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&!])")
# At the start of a line these begin a list, a heading's underline or a rule, and space begins code.
_LINE_START = re.compile(r"^[^\S\n]*(\d*)([-+=:.)])", re.M)
_TAG_START = re.compile(r"<(?=[A-Za-z/!?])")
_INDENT = re.compile(r"^[^\S\n]+", re.M)
_NO_NAME = re.compile(r"[^\w\-]+")
_LONGEST_NAME = 40


def markdown(texts: Texts, conversation: Conversation) -> str:
    """Return the conversation: questions as headings, sentences with footnotes of what they cite.

    A footnote names document, section, page and characters, and repeats the words.
    """
    title = conversation.turns[0].question if conversation.turns else texts.history
    parts = [f"# {_line(title)}"]
    footnotes: list[str] = []
    for turn in conversation.turns:
        parts.append(f"## {_line(turn.question)}")
        parts += _answer(texts, turn, footnotes)
    return "\n\n".join([*parts, *footnotes]) + "\n"


def file_name(conversation: Conversation) -> str:
    """Return a name for the file, made of the first question."""
    title = conversation.turns[0].question if conversation.turns else ""
    return (_NO_NAME.sub("-", title).strip("-")[:_LONGEST_NAME] or "conversation") + ".md"


def plain(text: str) -> str:
    """Return text that reads the same when it is taken for Markdown; formulas stay formulas."""
    parts: list[str] = []
    position = 0
    for match in _FORMULA.finditer(text):
        # In a formula "<" is the sign, never the beginning of a tag.
        formula = _TAG_START.sub(r"\\lt ", match.group())
        parts += [_escaped(text[position : match.start()]), formula]
        position = match.end()
    parts.append(_escaped(text[position:]))
    return _LINE_START.sub(r"\1\\\2", _INDENT.sub("", "".join(parts)))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _line(text: str) -> str:
    return plain(" ".join(text.split()))


def _answer(texts: Texts, turn: Turn, footnotes: list[str]) -> Iterator[str]:
    done = turn.answer
    if done is None:
        if turn.written:
            yield plain(turn.written)
        yield f"*{_line(texts.stopped)}*"
    elif done.abstained:
        yield plain(done.text)
    else:
        yield from _sentences(texts, done, footnotes)


def _sentences(texts: Texts, done: Answer, footnotes: list[str]) -> Iterator[str]:
    by_number = {citation.n: citation for citation in done.citations}
    labels: dict[int, int] = {}
    for sentence in done.sentences:
        marks = ""
        for number in sentence.markers:
            if number not in by_number:
                continue
            if number not in labels:
                labels[number] = len(footnotes) + 1
                footnotes.append(_footnote(texts, labels[number], by_number[number]))
            marks += f"[^{labels[number]}]"
        yield plain(sentence.text.strip()) + marks


def _footnote(texts: Texts, label: int, citation: Citation) -> str:
    where = [HEADING_SEPARATOR.join((citation.document, *citation.section))]
    if citation.page:
        where.append(texts.page.format(page=citation.page))
    where.append(texts.span.format(start=citation.start, end=citation.end))
    return f"[^{label}]: {_line(', '.join(where))}: “{_line(citation.quote)}”"
