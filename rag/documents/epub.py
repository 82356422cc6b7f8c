"""EPUB → blocks: the chapters in the order of the book's spine, each read as HTML."""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from rag.documents.decoding import decode
from rag.documents.html import read_html
from rag.documents.text_builder import TextBuilder
from rag.errors import DocumentError

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_HEADING = re.compile(r"<h[1-6][\s>]", re.I)
_TITLE = re.compile(r"<title[^>]*>([^<]+)</title>", re.I)
_RIGHTS = "META-INF/rights.xml"


def read_epub(path: Path, builder: TextBuilder) -> str:
    """Add a book's chapters to ``builder``; return its title or "".

    Raises:
        DocumentError: it is copy-protected or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if _RIGHTS in archive.namelist():
                raise DocumentError("it is copy-protected and cannot be read")
            package_path = _package_path(archive)
            package = _parse(archive.read(package_path))
            title = package.findtext(".//{*}metadata/{*}title") or ""
            for name in _chapters(package, posixpath.dirname(package_path)):
                if name in archive.namelist():
                    _add_chapter(decode(archive.read(name)), title.strip(), builder)
            return title.strip()
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, RuntimeError) as error:
        raise DocumentError(f"it is damaged or no EPUB ({error})") from error


def _add_chapter(page: str, book: str, builder: TextBuilder) -> None:
    """Add a chapter; one whose heading is only painted as one is known by its page's title."""
    if not _HEADING.search(page):
        found = _TITLE.search(page)
        title = html.unescape(found[1]).strip() if found else ""
        if title and title != book:
            builder.heading(title, 1)
    read_html(page, builder, is_page=False)


def _package_path(archive: zipfile.ZipFile) -> str:
    root = _parse(archive.read(_CONTAINER)).find(".//{*}rootfile")
    if root is None:
        raise ValueError("its container names no package")
    return str(root.get("full-path"))


def _chapters(package: Any, folder: str) -> list[str]:
    files = {
        item.get("id"): item.get("href", "")
        for item in package.iterfind(".//{*}manifest/{*}item")
        if "html" in item.get("media-type", "")
    }
    order = [item.get("idref") for item in package.iterfind(".//{*}spine/{*}itemref")]
    return [
        posixpath.normpath(posixpath.join(folder, unquote(files[key])))
        for key in order
        if key in files
    ]


def _parse(raw: bytes) -> Any:
    from lxml import etree

    # Nothing outside the file is read, and entities are not expanded.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
