"""DOCX and PPTX → blocks, by python-docx and python-pptx."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.documents.superscripts import raised
from rag.documents.text_builder import TextBuilder
from rag.documents.word_formulas import formula
from rag.documents.word_numbering import Numbering
from rag.errors import DocumentError, first_line

_HEADING_STYLE = re.compile(r"^(?:heading|标题|標題)\s*(\d)$", re.I)
_TITLE_STYLE = re.compile(r"^(?:title|标题|標題)$", re.I)
_LIST_STYLE = re.compile(r"^(?:list|列表|项目)", re.I)
_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_ALTERNATIVES, _FALLBACK = _COMPATIBLE + "AlternateContent", _COMPATIBLE + "Fallback"
_CAPTION_STYLE = re.compile(r"^(?:caption|题注)$", re.I)


def read_docx(path: Path, builder: TextBuilder) -> str:
    """Add a Word document's body to ``builder``; return its title or "".

    Raises:
        DocumentError: the file is damaged.
    """
    import docx
    from docx.table import Table

    try:
        document = docx.Document(str(path))
        numbering = Numbering(document)
        notes = _notes_by_mark(document)
        for item in _items(document.element.body, document._body):
            if isinstance(item, Table):
                _add_table(item, builder)
            else:
                _add_paragraph(item, numbering, builder)
                for words in (*_boxes(item), *_notes(item, notes)):
                    builder.paragraph(words)
        return str(document.core_properties.title or "").strip()
    except DocumentError:
        raise
    except Exception as error:  # python-docx lets KeyError, ValueError and lxml's errors through
        raise DocumentError(f"it is damaged or no Word document ({first_line(error)})") from error


def _add_paragraph(paragraph: Any, numbering: Numbering, builder: TextBuilder) -> None:
    style = _known_style(paragraph.style)
    text = _text(paragraph)
    heading = _HEADING_STYLE.match(style)
    # One without words has no number either.
    mark = numbering.mark(paragraph) if text.strip() else None
    number = mark.number if mark else ""
    if heading:
        builder.heading(f"{number} {text}", int(heading.group(1)))
    elif _TITLE_STYLE.match(style):
        builder.heading(f"{number} {text}", 1)
    elif _CAPTION_STYLE.match(style):
        builder.caption(text)
    elif mark:
        builder.list_item(text, mark.depth, number or "-")
    elif _LIST_STYLE.match(style):
        builder.list_item(text)
    else:
        builder.paragraph(text)


def _known_style(style: Any) -> str:
    """Return the name of a style, or of the one it is based on that says what a paragraph is."""
    name = str(style.name or "") if style is not None else ""
    base = style
    while base is not None:
        own = str(base.name or "")
        if any(kind.match(own) for kind in (_HEADING_STYLE, _TITLE_STYLE, _CAPTION_STYLE)):
            return own
        base = base.base_style
    return name


_TEXT = (
    "(.//w:t | .//w:tab[parent::w:r] | .//w:br | .//w:cr | "
    ".//w:noBreakHyphen | .//*[local-name()='oMath'])"
    "[not(ancestor::w:del or ancestor::w:moveFrom or ancestor::w:txbxContent)]"
)


def _text(paragraph: Any) -> str:
    """Return all words, those in tracked insertions, fields and content controls too."""
    return "".join(_piece(node) for node in paragraph._p.xpath(_TEXT))


def _piece(node: Any) -> str:
    if node.tag.endswith("}oMath"):
        return formula(node)
    from docx.oxml.ns import qn

    height = node.getparent().find(f"{qn('w:rPr')}/{qn('w:vertAlign')}")
    is_raised = height is not None and height.get(qn("w:val")) == "superscript"
    return raised(str(node)) if is_raised else str(node)


def _boxes(paragraph: Any) -> Iterator[str]:
    """Yield the paragraphs of the text boxes that are anchored in one.

    Each box is there twice, once for an old Word.
    """
    from docx.oxml.ns import qn

    for box in paragraph._p.iter(qn("w:txbxContent")):
        if not any(above.tag == _FALLBACK for above in box.iterancestors()):
            for inner in box.iter(qn("w:p")):
                yield _bare_text(inner)


def _notes_by_mark(document: Any) -> dict[tuple[str, str], str]:
    """Return the words of footnotes and endnotes by their kind and id."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn

    found: dict[tuple[str, str], str] = {}
    for relation in document.part.rels.values():
        kind = relation.reltype.rsplit("/", 1)[-1].removesuffix("s")
        if kind in ("footnote", "endnote") and not relation.is_external:
            for note in parse_xml(relation.target_part.blob).iterchildren(qn(f"w:{kind}")):
                words = "\n".join(map(_bare_text, note.iter(qn("w:p"))))
                found[kind, note.get(qn("w:id"))] = words
    return found


def _bare_text(node: Any) -> str:
    from docx.oxml.ns import qn

    words, gaps = qn("w:t"), {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n"}
    parts = node.iter(words, *gaps)
    return "".join(gaps.get(part.tag) or part.text or "" for part in parts)


def _notes(paragraph: Any, notes: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Yield the notes that a paragraph refers to."""
    from docx.oxml.ns import qn

    for mark in paragraph._p.xpath(".//w:footnoteReference | .//w:endnoteReference"):
        kind = mark.tag.rsplit("}", 1)[-1].removesuffix("Reference")
        yield notes.get((kind, mark.get(qn("w:id"))), "")


def _items(container: Any, parent: Any) -> Iterator[Any]:
    """Yield the paragraphs and tables of a body or cell, those in content controls too."""
    from docx.oxml.ns import qn
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    for child in container.iterchildren():
        if child.tag == qn("w:p"):
            yield Paragraph(child, parent)
        elif child.tag == qn("w:tbl"):
            yield Table(child, parent)
        elif child.tag == qn("w:sdt"):
            for inner in child.iterchildren(qn("w:sdtContent")):
                yield from _items(inner, parent)


def _cell_words(cell: Any) -> Iterator[str]:
    """Yield the paragraphs of a cell, those of tables in it too."""
    from docx.table import Table

    for item in _items(cell._tc, cell):
        if isinstance(item, Table):
            for row in item.rows:
                for inner in row.cells:
                    yield from _cell_words(inner)
        else:
            yield _text(item)


def _add_table(table: Any, builder: TextBuilder) -> None:
    for number, row in enumerate(table.rows):
        cells: list[str] = []
        seen: set[Any] = set()
        for cell in row.cells:
            # A merged cell is listed once for each column that it spans; the others stay in theirs.
            cells.append("" if cell._tc in seen else "\n".join(_cell_words(cell)))
            seen.add(cell._tc)
        builder.table_row(cells, is_header=number == 0)


def read_pptx(path: Path, builder: TextBuilder) -> str:
    """Add a presentation's slides to ``builder``, each a page; return its title or "".

    Raises:
        DocumentError: the file is damaged.
    """
    import pptx

    try:
        presentation = pptx.Presentation(str(path))
        for number, slide in enumerate(presentation.slides, start=1):
            builder.begin_page(number)
            _add_slide(slide, number, builder)
        return str(presentation.core_properties.title or "").strip()
    except DocumentError:
        raise
    except Exception as error:  # python-pptx lets KeyError, ValueError and lxml's errors through
        raise DocumentError(f"it is damaged or no presentation ({first_line(error)})") from error


def _add_slide(slide: Any, number: int, builder: TextBuilder) -> None:
    title = slide.shapes.title
    words = title.text_frame.text if title is not None and title.has_text_frame else ""
    _take_first_choices(slide.shapes._spTree)
    builder.heading(words.strip() or f"Slide {number}", 1)
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if getattr(shape, "has_table", False) and shape.has_table:
            above: list[str] = []
            for position, row in enumerate(shape.table.rows):
                # A cell that reaches down stands in every row of it.
                above = [
                    above[column] if cell._tc.vMerge and column < len(above) else cell.text
                    for column, cell in enumerate(row.cells)
                ]
                builder.table_row(above, is_header=position == 0)
        elif shape.has_text_frame:
            for paragraph in shape.text_frame.paragraphs:
                text = paragraph.text
                if len(shape.text_frame.paragraphs) > 1:
                    builder.list_item(text, paragraph.level)
                else:
                    builder.paragraph(text)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        builder.paragraph(slide.notes_slide.notes_text_frame.text)


def _take_first_choices(tree: Any) -> None:
    """Put the shapes of which there are several versions in the place where these are chosen from.

    A shape with a formula is kept so, with its picture for older programs.
    """
    for chosen_from in list(tree.iter(_ALTERNATIVES)):
        for shape in list(next(iter(chosen_from), ())):
            chosen_from.addprevious(shape)
        chosen_from.getparent().remove(chosen_from)


def _shapes(shapes: Any) -> list[Any]:
    """Return all shapes, those in groups included, in the order in which they are read."""
    found: list[Any] = []
    for shape in shapes:
        inner = getattr(shape, "shapes", None)
        found.extend(_shapes(inner) if inner is not None else [shape])
    return found
