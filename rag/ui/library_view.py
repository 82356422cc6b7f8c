"""The library as HTML: the form for adding, the table of documents, what a run did."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rag.documents import SUPPORTED_SUFFIXES
from rag.library import DocumentState, Holding
from rag.types import IndexReport
from rag.ui.markup import escape
from rag.ui.panel import size
from rag.ui.panel_texts import PanelTexts
from rag.ui.reasons import reason
from rag.ui.texts import Texts

_MOST_REASONS = 50


def library_html(
    words: Texts, texts: PanelTexts, holdings: Sequence[Holding], *, max_mib: int, max_files: int
) -> str:
    """Return the whole panel."""
    if not holdings:
        table = f'<p class="note">{escape(words.nothing_indexed)}</p>'
    else:
        table = _filter(texts, holdings) + _table(words, texts, holdings)
    return _adding(texts, max_mib, max_files) + '<div class="outcome"></div>' + table


def _adding(texts: PanelTexts, max_mib: int, max_files: int) -> str:
    kinds = sorted(SUPPORTED_SUFFIXES)
    limits = texts.limits.format(files=max_files, mib=max_mib)
    return (
        '<div class="adding"><div class="drop">'
        f'<label class="button" for="library-files">{escape(texts.choose_files)}</label>'
        f'<input type="file" id="library-files" multiple accept="{escape(",".join(kinds))}">'
        f'<span class="hint">{escape(texts.drop)}</span>'
        f"<small>{escape(limits)}</small></div>"
        '<form class="folder" data-do="folder"><label for="library-folder">'
        f"{escape(texts.add_folder)}</label>"
        f'<span class="row"><input type="text" id="library-folder" name="path" required '
        f'autocomplete="off" placeholder="{escape(texts.folder_hint)}">'
        f'<button type="submit">{escape(texts.add)}</button></span></form></div>'
    )


def _filter(texts: PanelTexts, holdings: Sequence[Holding]) -> str:
    states = Counter(item.state for item in holdings)
    counts = [texts.count.format(count=len(holdings))]
    counts += [
        f"{states[state]} {_state(texts, state)}"
        for state in (DocumentState.CHANGED, DocumentState.MISSING, DocumentState.FAILED)
        if states[state]
    ]
    return (
        f'<div class="tools"><span class="counts">{escape(" · ".join(counts))}</span>'
        f'<input type="search" data-filter aria-label="{escape(texts.filter)}" '
        f'placeholder="{escape(texts.filter)}">'
        f'<button type="button" data-do="again" data-name="">{escape(texts.index_all)}</button>'
        "</div>"
    )


def _table(words: Texts, texts: PanelTexts, holdings: Sequence[Holding]) -> str:
    titles = (words.document, texts.state, texts.size, words.sections, words.language)
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    head += f'<th scope="col"><span class="visually-hidden">{escape(texts.actions)}</span></th>'
    rows = "".join(_row(words, texts, item) for item in holdings)
    return (
        '<div class="table"><table class="holdings stacked"><thead><tr>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(words: Texts, texts: PanelTexts, item: Holding) -> str:
    title = escape(item.title or item.name)
    if item.is_indexed:
        place = escape(json.dumps([item.name, 0, 0], ensure_ascii=False))
        title = f'<button type="button" class="title" data-place="{place}">{title}</button>'
    why = f"<small>{escape(_why(texts, item.reason, item.path))}</small>" if item.reason else ""
    if item.reason and item.is_indexed:
        why += f"<small>{escape(texts.kept_version)}</small>"
    language = texts.languages.get(item.language.value, "") if item.language else ""
    sections = f"{item.sections:,}" if item.is_indexed else "–"
    return (
        f'<tr data-row="{escape(item.name.lower())} {escape(item.title.lower())}">'
        f'<th scope="row">{title}<small>{escape(item.name)}</small></th>'
        f'<td class="state {item.state.value}"><span>{escape(_state(texts, item.state))}</span>'
        f"{why}</td>"
        f'<td data-label="{escape(texts.size)}" class="figure">{escape(size(item.bytes))}</td>'
        f'<td data-label="{escape(words.sections)}" class="figure">{sections}</td>'
        f"<td>{escape(language)}</td>"
        f'<td class="doing">{_actions(texts, item)}</td></tr>'
    )


def _actions(texts: PanelTexts, item: Holding) -> str:
    name = escape(item.name)
    sure = texts.delete_upload_sure if item.is_upload else texts.delete_sure
    again = ""
    if item.bytes is not None:
        again = (
            f'<button type="button" data-do="again" data-name="{name}" '
            f'aria-label="{escape(texts.index_one)}: {name}">{escape(texts.index_one)}</button>'
        )
    return again + (
        f'<button type="button" data-do="remove" data-name="{name}" '
        f'data-sure="{escape(sure.replace("{name}", item.title or item.name))}" '
        f'aria-label="{escape(texts.delete)}: {name}">{escape(texts.delete)}</button>'
    )


def _state(texts: PanelTexts, state: DocumentState) -> str:
    return str(getattr(texts, state.value))


def _why(texts: PanelTexts, why: str, path: str) -> str:
    """Return a reason without the path that it begins with: its file is named beside it."""
    return reason(texts.code, why.removeprefix(f"{path}: "))


def report_html(texts: PanelTexts, report: IndexReport) -> str:
    """Return what an indexing run did, with a reason for every file that failed."""
    done = texts.index_done.format(
        added=report.added,
        changed=report.changed,
        unchanged=report.unchanged,
        removed=report.removed,
    )
    failures = "".join(
        f"<li><b>{escape(Path(item.path).name)}</b> "
        f"{escape(_why(texts, item.reason, item.path))}</li>"
        for item in report.failures[:_MOST_REASONS]
    )
    if len(report.failures) > _MOST_REASONS:
        failures += f"<li>… {len(report.failures) - _MOST_REASONS}</li>"
    if failures:
        failures = f"<p>{escape(texts.not_read)}</p><ul>{failures}</ul>"
    return f'<div class="done" role="status"><p>{escape(done)}</p>{failures}</div>'
