"""Word's formulas (Office Math, ECMA-376 part 1, 22.1) → TeX, as far as it says them in a line."""

from __future__ import annotations

from typing import Any

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_TEX = {"∑": r"\sum", "∏": r"\prod", "∫": r"\int", "√": r"\sqrt"}


def formula(node: Any) -> str:
    """Return the TeX of an ``m:oMath`` element, between dollar signs; "" where it is empty."""
    tex = _tex(node).strip()
    return f"${tex}$" if tex else ""


def _tex(node: Any) -> str:
    """Return the TeX of an element: what is not known here is what its parts say, in a row."""
    name = node.tag.removeprefix(_MATH) if isinstance(node.tag, str) else ""
    match name:
        case "t":
            return node.text or ""
        case "f":
            name = r"\binom" if _property(node, "fPr", "type") == "noBar" else r"\frac"
            return f"{name}{{{_part(node, 'num')}}}{{{_part(node, 'den')}}}"
        case "sSup":
            return f"{_part(node, 'e')}^{{{_part(node, 'sup')}}}"
        case "sSub":
            return f"{_part(node, 'e')}_{{{_part(node, 'sub')}}}"
        case "sSubSup":
            return f"{_part(node, 'e')}_{{{_part(node, 'sub')}}}^{{{_part(node, 'sup')}}}"
        case "rad":
            degree = _part(node, "deg")
            return r"\sqrt" + (f"[{degree}]" if degree else "") + f"{{{_part(node, 'e')}}}"
        case "nary":
            sign = _property(node, "naryPr", "chr") or "∫"
            return (
                f"{_TEX.get(sign, sign)}_{{{_part(node, 'sub')}}}^{{{_part(node, 'sup')}}} "
                f"{_part(node, 'e')}"
            )
        case "d":
            begin, between, end = (
                usual if (stated := _property(node, "dPr", name)) is None else stated
                for name, usual in (("begChr", "("), ("sepChr", "|"), ("endChr", ")"))
            )
            return begin + between.join(map(_tex, node.iterchildren(f"{_MATH}e"))) + end
        case "m" | "eqArr":
            rows = node.iterchildren(f"{_MATH}{'mr' if name == 'm' else 'e'}")
            return r" \\ ".join(map(_tex, rows))
        case "mr":
            return " & ".join(map(_tex, node.iterchildren(f"{_MATH}e")))
    return "".join(map(_tex, node.iterchildren()))


def _part(node: Any, name: str) -> str:
    found = node.find(f"{_MATH}{name}")
    return "" if found is None else _tex(found)


def _property(node: Any, properties: str, name: str) -> str | None:
    """Return what is stated, which may be "" for nothing; None where nothing is stated."""
    found = node.find(f"{_MATH}{properties}/{_MATH}{name}")
    return None if found is None else str(found.get(f"{_MATH}val") or "")
