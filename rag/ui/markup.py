"""Text of documents and models → safe HTML.

Everything is escaped: no tag, no link, no image of a document or a model reaches the page. Formulas
in LaTeX become MathML, which browsers show without a script; what is no valid LaTeX stays as it is.
"""

from __future__ import annotations

import re
from html import escape as _escape

from rag.table_cells import cell_spans
from rag.types import Block, BlockKind, Document, Span

_FORMULA = re.compile(
    r"\$\$(.+?)\$\$|(?<![\\$\d])\$(?!\s)([^$\n]{1,400}?)(?<![\s\\])\$(?!\d)", re.S
)
_LAST_WORD = re.compile(r"[!-~]{1,24}$|\S{1,2}$")
_LIST_MARKER = re.compile(r"\s*(?:[-*•]|(\d+)[.)、])\s+")


def escape(text: str) -> str:
    """Return ``text`` as HTML. Braces and dollars are escaped too: Gradio's templates read them."""
    safe = _escape(text, quote=True)
    return safe.replace("{", "&#123;").replace("}", "&#125;").replace("$", "&#36;")


def prose(text: str) -> str:
    """Return running text as HTML, its formulas as MathML."""
    parts: list[str] = []
    position = 0
    for match in _FORMULA.finditer(text):
        parts.append(escape(text[position : match.start()]))
        parts.append(_math(match) or escape(match.group()))
        position = match.end()
    parts.append(escape(text[position:]))
    return "".join(parts).replace("\n", "<br>")


def with_end(text: str, end: str) -> str:
    """Return running text as HTML with the markup ``end`` after it, never alone on a line.

    Browsers break a line before a button, whatever stands there; so its last word goes with it.
    """
    cut = _last_word(text)
    last = f'<span class="said">{prose(text[cut:])}</span>'
    return f'<span class="said">{prose(text[:cut])}</span><span class="tail">{last}{end}</span>'


def _last_word(text: str) -> int:
    """Return where the last word, pair of Chinese characters or formula begins."""
    formulas = list(_FORMULA.finditer(text))
    if formulas and formulas[-1].end() == len(text):
        return formulas[-1].start()
    after = formulas[-1].end() if formulas else 0
    found = _LAST_WORD.search(text, after)
    return found.start() if found else len(text)


_NO_FORMULA = re.compile(
    r"<(?!/?m[a-z]+[\s>/])|<[^>]*\s(?:href|style|class|id|src|xlink:\w+|on\w+)\s*=", re.IGNORECASE
)


def _math(match: re.Match[str]) -> str:
    from latex2mathml.converter import convert

    display, inline = match.groups()
    try:
        made: str = convert(display or inline, display="block" if display else "inline")
    except Exception:  # latex2mathml raises many kinds for what it cannot read
        return ""
    # What it makes of text in a formula is not ours: nothing but MathML may pass, and nothing of
    # it that leads elsewhere or lays itself over the page.
    if _NO_FORMULA.search(made):
        return ""
    return made.replace("{", "&#123;").replace("}", "&#125;").replace("$", "&#36;")


def document(doc: Document, marked: Span | None) -> str:
    """Return a document as HTML, block by block, with the characters of ``marked`` highlighted."""
    parts: list[str] = []
    open_tag = ""
    for block in doc.blocks:
        wanted = {BlockKind.LIST_ITEM: "ul", BlockKind.TABLE_ROW: "table"}.get(block.kind, "")
        if block.is_header and open_tag == "table":
            parts.append("</table>")
            open_tag = ""
        if wanted != open_tag:
            parts.append(f"</{open_tag}>" if open_tag else "")
            parts.append(f"<{wanted}>" if wanted else "")
            open_tag = wanted
        parts.append(_block(doc.text, block, marked))
    parts.append(f"</{open_tag}>" if open_tag else "")
    return "".join(parts)


def _block(text: str, block: Block, marked: Span | None) -> str:
    start, end = block.span.start, block.span.end
    if block.kind is BlockKind.HEADING:
        level = min(6, max(2, block.level + 1))
        return f"<h{level}>{_marked(text, start, end, marked)}</h{level}>"
    if block.kind is BlockKind.LIST_ITEM:
        found = _LIST_MARKER.match(text, start, end)
        number = f' value="{found.group(1)}"' if found and found.group(1) else ""
        inside = _marked(text, found.end() if found else start, end, marked)
        return f'<li class="level-{min(block.level, 3)}"{number}>{inside}</li>'
    if block.kind is BlockKind.TABLE_ROW:
        return _row(text, block, marked)
    if block.kind is BlockKind.CODE:
        return f"<pre><code>{_marked(text, start, end, marked, plain=True)}</code></pre>"
    name = "figcaption" if block.kind is BlockKind.CAPTION else "p"
    return f"<{name}>{_marked(text, start, end, marked)}</{name}>"


def _row(text: str, block: Block, marked: Span | None) -> str:
    tag = "th" if block.is_header else "td"
    first = block.span.start
    cells = [
        f"<{tag}>{_marked(text, first + start, first + end, marked)}</{tag}>"
        for start, end in cell_spans(text[first : block.span.end])
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _marked(text: str, start: int, end: int, marked: Span | None, *, plain: bool = False) -> str:
    render = escape if plain else prose
    if marked is None or not marked.overlaps(Span(start, end)):
        return render(text[start:end])
    low, high = max(start, marked.start), min(end, marked.end)
    return f"{render(text[start:low])}<mark>{render(text[low:high])}</mark>{render(text[high:end])}"
