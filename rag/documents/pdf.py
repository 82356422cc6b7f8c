"""PDF → headings, paragraphs, lists and listings with page numbers, by PDFium."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rag.documents.pdf_frame import without_frame
from rag.documents.pdf_headings import read_outline, with_headings
from rag.documents.pdf_lines import mended, read_lines
from rag.documents.pdf_paragraphs import Paragraphs
from rag.documents.pdfium import PDFIUM
from rag.documents.text_builder import TextBuilder
from rag.errors import DocumentError

_PASSWORD_ERROR = 4


def read_pdf(path: Path, builder: TextBuilder) -> str:
    """Add the pages of a PDF to ``builder``; return its title or "".

    Raises:
        DocumentError: it is encrypted, damaged, or holds images of text only.
    """
    import pypdfium2

    try:
        with PDFIUM:
            document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD_ERROR or "password" in str(error).lower():
            raise DocumentError("it is encrypted; save a copy without a password") from error
        raise DocumentError(f"it is damaged or no PDF ({error})") from error
    try:
        pages = mended([read_lines(document, number) for number in range(_count(document))])
        with PDFIUM:
            outline = read_outline(document)
            title = str(document.get_metadata_dict().get("Title") or "").strip()
    except pypdfium2.PdfiumError as error:
        raise DocumentError(f"it is damaged ({error})") from error
    finally:
        with PDFIUM:
            document.close()
    if not any(pages):
        raise DocumentError("it holds no text, only images: run OCR on it first")
    pages = with_headings(without_frame(pages, outline), outline)
    paragraphs = Paragraphs(builder, pages)
    for number, lines in enumerate(pages, start=1):
        paragraphs.add_page(number, lines)
    paragraphs.flush()
    return title


def _count(document: Any) -> int:
    with PDFIUM:
        return len(document)
