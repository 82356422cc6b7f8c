"""The settings as HTML: what can be changed while the program runs, and the models there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag.models import ModelEntry
from rag.settings import Settings
from rag.ui.markup import escape
from rag.ui.panel import size
from rag.ui.panel_texts import PanelTexts


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model of the catalogue, and how it stands on this machine."""

    entry: ModelEntry
    is_here: bool
    fits: bool
    is_used: bool
    can_download: bool


def settings_html(
    texts: PanelTexts, settings: Settings, rows: list[ModelRow], embedder: str
) -> str:
    """Return the whole panel."""
    llms = [row for row in rows if row.entry.role == "llm"]
    return (
        '<form class="settings" data-do="apply">'
        + _field("llm", texts.answering_model, _llm_select(llms), _llm_hint(texts, llms))
        + _field("mode", texts.mode, _select("mode", texts.modes, settings.mode), texts.mode_hint)
        + _field("k", texts.k, _number(settings.k), texts.k_hint)
        + _field(
            "min_confidence",
            texts.confidence,
            _range(settings.min_confidence),
            texts.confidence_hint,
        )
        + _field(
            "unsupported",
            texts.unsupported,
            _select("unsupported", texts.unsupported_choices, settings.unsupported),
            texts.unsupported_hint,
        )
        + '<div class="buttons"><button type="submit" class="main" data-save="">'
        f"{escape(texts.apply)}</button>"
        f'<button type="submit" data-save="yes">{escape(texts.save)}</button></div>'
        '<div class="saying" role="status"></div></form>'
        f'<section class="models"><h2>{escape(texts.other_models)}</h2>'
        f'<p class="hint">{escape(texts.download_note)} '
        f"{escape(texts.embedder_note.format(embedder=embedder))}</p>"
        f'<div class="outcome"></div>{_models(texts, rows)}</section>'
    )


def _field(name: str, label: str, control: str, hint: str) -> str:
    return (
        f'<div class="field"><label for="setting-{name}">{escape(label)}</label>'
        f'<span class="control">{control}</span>'
        f'<small id="hint-{name}">{escape(hint)}</small></div>'
    )


def _attributes(name: str) -> str:
    return f'id="setting-{name}" name="{name}" aria-describedby="hint-{name}"'


def _llm_select(rows: list[ModelRow]) -> str:
    return _select(
        "llm",
        {row.entry.name: row.entry.name for row in rows if row.is_here},
        next((row.entry.name for row in rows if row.is_used), ""),
    )


def _llm_hint(texts: PanelTexts, rows: list[ModelRow]) -> str:
    used = next((row.entry for row in rows if row.is_used), None)
    if used is None:
        return ""
    return texts.needs.format(size=size(used.size_bytes), ram=size(used.ram_bytes))


def _select(name: str, choices: Mapping[str, str], chosen: str) -> str:
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape(label)}</option>"
        for value, label in choices.items()
    )
    return f"<select {_attributes(name)}>{options}</select>"


def _number(value: int) -> str:
    return f'<input type="number" min="1" max="100" required {_attributes("k")} value="{value}">'


def _range(value: float) -> str:
    return (
        f'<input type="range" min="0" max="1" step="0.01" {_attributes("min_confidence")} '
        f'value="{value:g}"><output for="setting-min_confidence">{value:.2f}</output>'
    )


def _models(texts: PanelTexts, rows: list[ModelRow]) -> str:
    titles = (texts.model, texts.role, texts.size, texts.ram, texts.licence)
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    head += f'<th scope="col">{escape(texts.state)}</th>'
    body = "".join(_model(texts, row) for row in rows)
    return (
        '<div class="table" tabindex="0"><table class="holdings stacked">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _model(texts: PanelTexts, row: ModelRow) -> str:
    entry = row.entry
    state = texts.present if row.is_here else texts.not_present
    kind = "indexed" if row.is_here else "missing"
    too_big = "" if row.fits else f"<small>{escape(texts.too_big)}</small>"
    button = ""
    if row.can_download and not row.is_here:
        label = escape(f"{texts.download}: {entry.name}")
        button = (
            f'<button type="button" data-do="download" data-name="{escape(entry.name)}" '
            f'aria-label="{label}">{escape(texts.download)}</button>'
        )
    return (
        f'<tr><th scope="row">{escape(entry.name)}</th>'
        f"<td>{escape(texts.roles.get(entry.role.value, entry.role.value))}</td>"
        f'<td class="figure" data-label="{escape(texts.size)}">{size(entry.size_bytes)}</td>'
        f'<td class="figure" data-label="{escape(texts.ram)}">{size(entry.ram_bytes)}{too_big}</td>'
        f"<td>{escape(entry.licence)}</td>"
        f'<td class="state {kind}"><span>{escape(state)}</span>{button}</td></tr>'
    )
