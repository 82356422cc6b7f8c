"""PDFs with chosen letters, made here, for tests that read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_FONTS = ("Helvetica", "Helvetica-Bold", "Courier", "Times-Italic")
# The last one is for formulas: its "x" is the mathematical letter U+1D465, two units of UTF-16.
_FORMULAS = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CMapName /F def /CMapType 2 def
1 begincodespacerange <00> <FF> endcodespacerange
1 beginbfchar <78> <D835DC65> endbfchar
1 beginbfrange <20> <77> <0020> endbfrange
endcmap end end"""
_WIDTH, _HEIGHT = 612, 792


@dataclass(frozen=True, slots=True)
class Ink:
    """A line that stands ``below`` points under the one before and ``left`` of the page's edge."""

    text: str
    size: float = 12
    font: str = "Helvetica"
    left: float = 72
    below: float = 14


def make_pdf(
    path: Path,
    pages: Sequence[Sequence[str | Ink]],
    *,
    password: bool = False,
    outline: Sequence[tuple[str, int]] = (),
    turned: int = 0,
) -> None:
    """Write a PDF with the given lines, each page a page.

    Args:
        password: mark it as encrypted.
        outline: titles with their pages, counted from 0.
        turned: degrees by which pages are shown turned.
    """
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    letters = add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(_FORMULAS), _FORMULAS))
    font = "<< /Type /Font /Subtype /Type1 /Encoding /WinAnsiEncoding /BaseFont /{}{} >>"
    mapped = {_FONTS[-1]: f" /ToUnicode {letters} 0 R"}
    numbers = [add(font.format(name, mapped.get(name, "")).encode()) for name in _FONTS]
    fonts = b" ".join(b"/F%d %d 0 R" % pair for pair in enumerate(numbers))
    kids: list[int] = []
    parent = len(objects) + 2 * len(pages) + 1
    for lines in pages:
        drawn = b"BT " + b" ".join(_draw(lines, turned)) + b" ET"
        content = add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
        kids.append(
            add(
                b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /Rotate %d /Contents %d 0 R "
                b"/Resources << /Font << %s >> >> >>"
                % (parent, _WIDTH, _HEIGHT, turned, content, fonts)
            )
        )
    references = b" ".join(b"%d 0 R" % kid for kid in kids)
    assert add(b"<< /Type /Pages /Kids [%s] /Count %d >>" % (references, len(kids))) == parent
    extra = b""
    if outline:
        extra = b" /Outlines %d 0 R" % _add_outline(objects, outline, kids)
    catalog = add(b"<< /Type /Catalog /Pages %d 0 R%s >>" % (parent, extra))
    trailer = b""
    if password:
        key = b"<" + b"ab" * 32 + b">"
        encrypt = add(
            b"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O %s /U %s >>" % (key, key)
        )
        trailer = b" /Encrypt %d 0 R /ID [<0123456789abcdef> <0123456789abcdef>]" % encrypt
    path.write_bytes(_file(objects, catalog, trailer))


def _draw(lines: Sequence[str | Ink], turned: int) -> Iterator[bytes]:
    """Yield the operators that draw the lines upright, from an inch under the upper edge on."""
    height = (_WIDTH if turned in (90, 270) else _HEIGHT) - 58.0
    for line in lines:
        ink = line if isinstance(line, Ink) else Ink(line)
        height -= ink.below
        text = ink.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        place = {
            0: f"1 0 0 1 {ink.left} {height}",
            90: f"0 1 -1 0 {_WIDTH - height} {ink.left}",
            180: f"-1 0 0 -1 {_WIDTH - ink.left} {_HEIGHT - height}",
            270: f"0 -1 1 0 {height} {_HEIGHT - ink.left}",
        }[turned]
        yield f"/F{_FONTS.index(ink.font)} {ink.size} Tf {place} Tm ".encode()
        yield b"(" + text.encode("cp1252") + b") Tj"


def _add_outline(
    objects: list[bytes], outline: Sequence[tuple[str, int]], pages: Sequence[int]
) -> int:
    root = len(objects) + 1
    last = root + len(outline)
    objects.append(
        b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>"
        % (root + 1, last, len(outline))
    )
    for number, (title, page) in enumerate(outline, start=root + 1):
        beside = b"" if number == last else b" /Next %d 0 R" % (number + 1)
        beside += b"" if number == root + 1 else b" /Prev %d 0 R" % (number - 1)
        objects.append(
            b"<< /Title (%s) /Parent %d 0 R /Dest [%d 0 R /Fit]%s >>"
            % (title.encode("cp1252"), root, pages[page], beside)
        )
    return root


def _file(objects: Sequence[bytes], catalog: int, trailer: bytes) -> bytes:
    out = bytearray(b"%PDF-1.4\n% made for a test\n")
    offsets: list[int] = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer\n<< /Size %d /Root %d 0 R%s >>\n" % (len(objects) + 1, catalog, trailer)
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)
