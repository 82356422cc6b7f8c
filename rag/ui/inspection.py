"""How the last answer came about: passages with their scores, sentences read, time spent."""

from __future__ import annotations

from collections.abc import Sequence

from rag.chunking import section_title
from rag.types import Answer, Chunk, Evidence, Hit, Span
from rag.ui.markup import escape, prose
from rag.ui.panel_texts import PANEL_TEXTS, PanelTexts
from rag.ui.texts import Texts


def inspection(texts: Texts, answer: Answer | None) -> str:
    """Return the whole view; a hint where nothing was asked yet."""
    if answer is None:
        return f'<p class="note">{escape(texts.nothing_asked)}</p>'
    confidence = f"{texts.confidence}: {answer.confidence:.2f}"
    return (
        f'<h2 class="question">{escape(answer.question)}</h2>'
        f'<p class="note">{escape(confidence)}</p>'
        f"<h3>{escape(texts.passages)}</h3>{_passages(texts, answer)}"
        f"{_sentences(texts, answer)}"
        f"<h3>{escape(texts.time)}</h3>{_times(texts, answer)}"
    )


def _passages(texts: Texts, answer: Answer) -> str:
    words = PANEL_TEXTS[texts.code]
    most_lexical = max((hit.scores.lexical or 0.0 for hit in answer.hits), default=0.0) or 1.0
    titles = (
        texts.section,
        texts.by_words,
        texts.by_meaning,
        texts.fused,
        words.sentences_taken,
    )
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in titles)
    rows = "".join(
        f'<tr><th scope="row">{_passage(hit, taken, _passed_over(words, hit, answer))}</th>'
        f"{_score(texts.by_words, hit.scores.lexical, most_lexical, 1)}"
        f"{_score(texts.by_meaning, hit.scores.dense, 1.0, 2)}"
        f"{_score(texts.fused, hit.scores.fused, 1.0, 2)}"
        f'<td data-label="{escape(words.sentences_taken)}">{_taken(words, taken)}</td></tr>'
        for hit in answer.hits
        for taken in [_taken_from(hit, answer.evidence)]
    )
    table = f'<table class="stacked"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div class="table" tabindex="0">{table}</div>'


def _taken_from(hit: Hit, evidence: Sequence[Evidence]) -> list[Span]:
    """Return the sentences of a passage that entered the prompt, in reading order."""
    within = hit.stored.chunk.span
    spans = [
        item.span
        for item in evidence
        if item.hit.stored.document == hit.stored.document and within.contains(item.span)
    ]
    return sorted(spans, key=lambda span: span.start)


def _taken(words: PanelTexts, taken: Sequence[Span]) -> str:
    if not taken:
        return f'<span class="value">{escape(words.left_out)}</span>'
    return escape(words.sentence_count.format(count=len(taken)))


def _passed_over(words: PanelTexts, hit: Hit, answer: Answer) -> str:
    """Return the best sentences of a passage that did not enter the prompt, with their scores."""
    chunk = hit.stored.chunk
    rows = "".join(
        f"<li>{_bar(item.score, 1.0, 2)}<span>{prose(text)}</span></li>"
        for item in sorted(answer.passed_over, key=lambda item: -item.score)
        if item.chunk == hit.stored.id and (text := _within(chunk, item.span))
    )
    return f'<h4>{escape(words.passed_over)}</h4><ul class="read">{rows}</ul>' if rows else ""


def _within(chunk: Chunk, span: Span) -> str:
    """Return what a chunk holds of a sentence, which may go on in the next one."""
    start = max(0, span.start - chunk.span.start)
    return chunk.text[start : max(start, span.end - chunk.span.start)]


def _passage(hit: Hit, taken: Sequence[Span], passed_over: str) -> str:
    """Return a passage's place, and its text to unfold, marked where it entered the prompt.

    Args:
        passed_over: what is shown below the text.
    """
    chunk = hit.stored.chunk
    parts: list[str] = []
    position = 0
    for span in taken:
        start, end = span.start - chunk.span.start, span.end - chunk.span.start
        parts.append(prose(chunk.text[position:start]))
        parts.append(f"<mark>{prose(chunk.text[start:end])}</mark>")
        position = end
    parts.append(prose(chunk.text[position:]))
    return (
        f"<details><summary>{escape(_place(hit))}<small>{escape(hit.stored.document)}</small>"
        f"</summary><p>{''.join(parts)}</p>{passed_over}</details>"
    )


def _score(label: str, value: float | None, top: float, digits: int) -> str:
    return f'<td data-label="{escape(label)}">{_bar(value, top, digits)}</td>'


def _bar(value: float | None, top: float, digits: int) -> str:
    if value is None:
        return "–"
    width = 100 * max(0.0, min(1.0, value / top))
    return (
        f'<span class="bar"><i style="width:{width:.0f}%"></i></span>'
        f'<span class="value">{value:.{digits}f}</span>'
    )


def _sentences(texts: Texts, answer: Answer) -> str:
    """Return the sentences that the prompt held; nothing where the question was declined."""
    if not answer.evidence:
        return ""
    cited = {(item.document, item.start, item.end): item.n for item in answer.citations}

    def row(item: Evidence) -> str:
        key = (item.hit.stored.document, item.span.start, item.span.end)
        number = f'<span class="number">{cited[key]}</span>' if key in cited else ""
        return f"<li>{_bar(item.score, 1.0, 2)}<span>{prose(item.text)} {number}</span></li>"

    best_first = sorted(answer.evidence, key=lambda item: -item.score)
    rows = "".join(map(row, best_first))
    return f'<h3>{escape(texts.sentences_read)}</h3><ul class="read">{rows}</ul>'


def _times(texts: Texts, answer: Answer) -> str:
    timings = answer.timings
    total = timings.total or 1.0
    found = min(timings.load + timings.retrieve, total)
    first = min(max(timings.first_token, found), total)
    spans = [(texts.finding, 0.0, found), (texts.choosing, found, first)]
    spans.append((texts.writing, first, total))
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td><span class="bar wide">'
        f'<i style="margin-left:{100 * start / total:.1f}%;'
        f'width:{100 * (end - start) / total:.1f}%"></i></span></td>'
        f"<td>{end - start:.0f} ms</td></tr>"
        for name, start, end in spans
    )
    return f'<div class="table times" tabindex="0"><table><tbody>{rows}</tbody></table></div>'


def _place(hit: Hit) -> str:
    return section_title(*hit.section)
