"""What frames a page is left out, and what only looks like it is kept."""

from pathlib import Path

import pytest

from rag.documents import read_document

PAGE = "<html><body>{}<h1>Kettles</h1><p>They are descaled.</p></body></html>"


def text_of(folder: Path, markup: str) -> str:
    path = folder / "page.html"
    path.write_text(PAGE.format(markup), encoding="utf-8")
    return read_document(path, name=path.name).text


@pytest.mark.parametrize(
    "frame",
    [
        '<nav><a href="b.html">Lids</a></nav>',
        '<div role="navigation">Lids</div>',
        '<div id="toc"><p>Contents</p><ul><li><a href="#lids">Lids</a></li></ul></div>',
        '<table class="navigation"><tr><td><a href="a.html">Lids</a></td></tr></table>',
        '<p>[<a rel="prev" href="a.html">Lids</a>] [<a rel="up" href="b.html">Guide</a>]</p>',
        '<ul><li><a href="#a">Lids</a></li><li>1. <a href="#b">Spouts</a></li>'
        '<li><a href="#c">Bases</a></li></ul>',
        '<table class="menu"><tr><td><a href="#a">Lids</a></td><td>All of them</td></tr></table>',
        '<p><img src="x.png" alt="lids-12_front.png"></p>',
        '<p><img src="x.png" alt="kettles-lids-open"></p>',
    ],
)
def test_what_frames_a_page_is_left_out(tmp_path: Path, frame: str) -> None:
    assert text_of(tmp_path, frame) == "Kettles\n\nThey are descaled."


@pytest.mark.parametrize(
    "text",
    [
        '<ul><li><a href="#a">Lids</a> are of glass</li><li><a href="#b">Spouts</a></li>'
        '<li><a href="#c">Bases</a></li></ul>',
        '<ul><li><a href="lids.html">Lids</a></li><li><a href="b.html">Spouts</a></li>'
        '<li><a href="c.html">Bases</a></li></ul>',
        '<ul class="menu"><li>Lids</li><li>Spouts</li></ul>',
        '<p><img src="x.png" alt="Lids, seen from above"></p>',
        "<article><header><p>Lids</p></header></article>",
        '<p><a rel="next" href="b.html">Lids</a> ' + "are made of glass and steel. " * 12 + "</p>",
    ],
)
def test_what_only_looks_like_a_frame_is_kept(tmp_path: Path, text: str) -> None:
    assert "Lids" in text_of(tmp_path, text)
