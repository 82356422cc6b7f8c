"""A report as one HTML page: scores, plots, and every failing question beside its evidence.

The page stands alone: no script, no font, no image from anywhere. What documents and models said
is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.chunking import HEADING_SEPARATOR
from rag.evaluation.measures import missing_facts
from rag.evaluation.outcomes import Outcome, Report
from rag.evaluation.questions import Kind
from rag.evaluation.report_texts import REPORT_TEXTS, ReportTexts
from rag.evaluation.tables import cells, summary
from rag.types import Language

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --good: #2a8c5a; --bad: #c2452d;
  --ink: #2f6fdb; }
body { font: 15px/1.6 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: right;
  white-space: nowrap; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
figure { margin: 1rem 0; } figcaption { opacity: .75; font-size: .9rem; }
svg { width: 100%; max-width: 46rem; height: auto; }
svg text { fill: currentColor; font-size: 11px; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0;
  padding: .5rem .8rem; }
summary { cursor: pointer; } summary b { font-weight: 600; }
.why { color: var(--bad); } .evidence { border-left: 3px solid var(--line); padding-left: .7rem;
  margin: .5rem 0; } .cited { border-color: var(--ink); }
.where { opacity: .75; font-size: .85rem; }
pre { white-space: pre-wrap; background: var(--soft); padding: .6rem; border-radius: .4rem;
  font: inherit; }
"""
_BINS = 20
_WIDTH, _HEIGHT = 640, 170


def html(report: Report, name: str, language: Language = Language.EN) -> str:
    """Return the page.

    Args:
        name: the question set's.
        language: of the report itself, English or Chinese; questions and answers keep theirs.
    """
    texts = REPORT_TEXTS[language]
    title = texts.title.format(name=name)
    titles = [texts.language, texts.kind, texts.count, *texts.columns]
    head = "".join(f"<th>{escape(item)}</th>" for item in titles)
    rows = [
        _row(
            [
                texts.languages.get(of, of),
                texts.kinds.get(kind, kind),
                str(scores.count),
                *cells(scores),
            ]
        )
        for (of, kind), scores in report.groups.items()
    ]
    rows.append(_row([texts.every, "", str(report.overall.count), *cells(report.overall)]))
    failures = "".join(_failure(texts, item) for item in report.failures)
    return (
        f'<!doctype html><html lang="{texts.code}"><meta charset="utf-8">'
        f"<title>{escape(title)}</title>"
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<h1>{escape(title)}</h1><p>{escape(summary(texts, report))}</p>"
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
        f"<h2>{escape(texts.confidence)}</h2>{_confidence_plot(texts, report)}"
        f"<h2>{escape(texts.time)}</h2>{_time_plot(texts, report)}"
        f"<h2>{escape(texts.failures.format(count=len(report.failures)))}</h2>"
        f"{failures or _none(texts)}</html>\n"
    )


def _none(texts: ReportTexts) -> str:
    return f"<p>{escape(texts.none)}</p>"


def _row(values: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{escape(value)}</td>" for value in values) + "</tr>"


def _confidence_plot(texts: ReportTexts, report: Report) -> str:
    groups: tuple[list[float], list[float]] = ([], [])
    for outcome in report.outcomes:
        groups[outcome.question.kind is Kind.UNANSWERABLE].append(outcome.answer.confidence)
    bars = "".join(
        _bars(values, 1.0, colour, offset)
        for values, colour, offset in zip(groups, ("--good", "--bad"), (0.0, 0.5), strict=True)
    )
    x = report.threshold * _WIDTH
    line = (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{_HEIGHT}" stroke="currentColor" '
        f'stroke-dasharray="4 3"/><text x="{x + 4:.1f}" y="12">{report.threshold:.2f}</text>'
    )
    return _figure(bars + line, "0", "1", texts.confidence_caption, texts.confidence_caption)


def _time_plot(texts: ReportTexts, report: Report) -> str:
    values = [outcome.answer.timings.total for outcome in report.outcomes]
    top = max([*values, 1.0])
    bars = _bars(values, top, "--ink", 0.0, width=0.9)
    return _figure(bars, "0", f"{top:.0f} ms", "", f"{texts.histogram}: {texts.time}")


def _bars(
    values: Sequence[float], top: float, colour: str, offset: float, *, width: float = 0.45
) -> str:
    counts = [0] * _BINS
    for value in values:
        counts[min(_BINS - 1, int(value / top * _BINS))] += 1
    step = _WIDTH / _BINS
    highest = max([*counts, 1])
    return "".join(
        f'<rect x="{(i + offset) * step:.1f}" width="{step * width:.1f}" '
        f'y="{_HEIGHT - _HEIGHT * 0.9 * count / highest:.1f}" '
        f'height="{_HEIGHT * 0.9 * count / highest:.1f}" fill="var({colour})"/>'
        for i, count in enumerate(counts)
        if count
    )


def _figure(inside: str, low: str, high: str, caption: str, label: str) -> str:
    axis = (
        f'<line x1="0" x2="{_WIDTH}" y1="{_HEIGHT}" y2="{_HEIGHT}" stroke="currentColor"/>'
        f'<text x="0" y="{_HEIGHT + 15}">{low}</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT + 15}" text-anchor="end">{high}</text>'
    )
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT + 20}" role="img" '
        f'aria-label="{escape(label)}">{inside}{axis}</svg>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _failure(texts: ReportTexts, outcome: Outcome) -> str:
    question, answer = outcome.question, outcome.answer
    cited = {(item.document, item.start) for item in answer.citations}
    evidence = "".join(
        f'<div class="evidence{" cited" if (name, item.span.start) in cited else ""}">'
        f'<div class="where">{escape(HEADING_SEPARATOR.join((name, *path)))} · '
        f"{item.score:.2f}</div>{escape(item.text)}</div>"
        for item in answer.evidence
        for name, path in [(item.hit.stored.document, item.hit.stored.chunk.heading_path)]
    )
    history = "".join(
        f"<p><i>{escape(texts.roles.get(turn.role.value, turn.role.value))}:</i> "
        f"{escape(turn.content)}</p>"
        for turn in question.history
    )
    wanted = ", ".join(question.sections or question.documents)
    found = texts.found.format(
        wanted=wanted or texts.no_answer, rank=outcome.rank or "–", confidence=answer.confidence
    )
    note = f"<p>{escape(texts.note.format(note=question.note))}</p>" if question.note else ""
    why = texts.between.join(_reasons(texts, outcome))
    return (
        f"<details><summary><b>{escape(question.question)}</b> "
        f'<span class="why">{escape(why)}</span> '
        f'<span class="where">{escape(question.id)}</span></summary>{history}{note}'
        f"<p>{escape(found)}</p><pre>{escape(answer.text)}</pre>"
        f"<h3>{escape(texts.evidence)}</h3>{evidence or _none(texts)}</details>"
    )


def _reasons(texts: ReportTexts, outcome: Outcome) -> list[str]:
    question, answer = outcome.question, outcome.answer
    if question.kind is Kind.UNANSWERABLE:
        return [texts.answered_anyway]
    if answer.abstained:
        return [texts.declined]
    reasons = []
    if outcome.ranks and outcome.rank is None:
        reasons.append(texts.not_found)
    missing = missing_facts(answer.text, question.facts)
    reasons += [texts.lacks.format(fact=" / ".join(spellings)) for spellings in missing]
    return reasons
