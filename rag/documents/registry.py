"""Which reader reads which file, and the way from a file to a ``Document``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rag.documents.decoding import decode
from rag.documents.epub import read_epub
from rag.documents.html import read_html
from rag.documents.limits import ReadLimits
from rag.documents.markdown import read_markdown
from rag.documents.notebook import read_notebook
from rag.documents.office import read_docx, read_pptx
from rag.documents.pdf import read_pdf
from rag.documents.plain import read_plain
from rag.documents.sniffing import check_archive, check_type, read_bytes
from rag.documents.tables import read_csv, read_xlsx
from rag.documents.text_builder import TextBuilder
from rag.errors import DocumentError, UnsupportedFormatError, first_line
from rag.language import detect_language
from rag.types import Document

TextReader = Callable[[str, TextBuilder], str]
FileReader = Callable[[Path, TextBuilder], str]


@dataclass(frozen=True, slots=True)
class _TextFormat:
    """A format that is text in some encoding."""

    media_type: str
    read: TextReader


@dataclass(frozen=True, slots=True)
class _FileFormat:
    """A binary format; ``container`` is "PDF" or "ZIP"."""

    media_type: str
    read: FileReader
    container: str


_MARKDOWN = _TextFormat("text/markdown", read_markdown)
_HTML = _TextFormat("text/html", read_html)
_PLAIN = _TextFormat("text/plain", read_plain)
_CSV = _TextFormat("text/csv", read_csv)
_OOXML = "application/vnd.openxmlformats-officedocument."
_FORMATS: Mapping[str, _TextFormat | _FileFormat] = {
    ".md": _MARKDOWN,
    ".markdown": _MARKDOWN,
    ".mdx": _MARKDOWN,
    ".html": _HTML,
    ".htm": _HTML,
    ".xhtml": _HTML,
    ".txt": _PLAIN,
    ".text": _PLAIN,
    ".log": _PLAIN,
    ".rst": _PLAIN,
    ".csv": _CSV,
    ".tsv": _CSV,
    ".ipynb": _TextFormat("application/x-ipynb+json", read_notebook),
    ".pdf": _FileFormat("application/pdf", read_pdf, "PDF"),
    ".docx": _FileFormat(_OOXML + "wordprocessingml.document", read_docx, "ZIP"),
    ".pptx": _FileFormat(_OOXML + "presentationml.presentation", read_pptx, "ZIP"),
    ".xlsx": _FileFormat(_OOXML + "spreadsheetml.sheet", read_xlsx, "ZIP"),
    ".epub": _FileFormat("application/epub+zip", read_epub, "ZIP"),
}

SUPPORTED_SUFFIXES = frozenset(_FORMATS)


def is_supported(path: Path) -> bool:
    """Whether files of this name have a reader."""
    return path.suffix.lower() in _FORMATS


def read_document(path: Path, *, name: str, limits: ReadLimits | None = None) -> Document:
    """Read a file.

    Args:
        name: how people will see the document.

    Raises:
        UnsupportedFormatError: files of its kind have no reader.
        DocumentError: the file cannot be read; the message names it and says why.
    """
    bounds = limits or ReadLimits()
    try:
        return _read(path, name, bounds)
    except DocumentError as error:
        raise type(error)(f"{path}: {error}") from error
    except RecursionError as error:
        raise DocumentError(f"{path}: its structure is nested too deeply") from error
    except MemoryError:
        raise
    except Exception as error:  # the libraries let many kinds of errors through on damaged files
        raise DocumentError(f"{path}: it is damaged ({first_line(error)})") from error


def _read(path: Path, name: str, limits: ReadLimits) -> Document:
    suffix = path.suffix.lower()
    form = _FORMATS.get(suffix)
    if form is None:
        known = " ".join(sorted(_FORMATS))
        raise UnsupportedFormatError(
            f"files of type {suffix or '(none)'} are not read; {known} are"
        )
    raw = read_bytes(path, limits)
    builder = TextBuilder(max_characters=limits.max_characters)
    if isinstance(form, _TextFormat):
        check_type(raw, suffix=suffix, expected="text")
        title = form.read(decode(raw, declared=form is _HTML), builder)
    else:
        check_type(raw, suffix=suffix, expected=form.container)
        if form.container == "ZIP":
            check_archive(path, limits)
        title = form.read(path, builder)
    built = builder.build()
    if not built.text.strip():
        raise DocumentError("it holds no text")
    return Document(
        path=path.resolve().as_posix(),
        name=name,
        title=" ".join(title.split()) or builder.first_heading or path.stem,
        text=built.text,
        language=detect_language(built.text),
        media_type=form.media_type,
        content_hash=hashlib.sha256(raw).hexdigest(),
        blocks=built.blocks,
        sections=built.sections,
        pages=built.pages,
    )
