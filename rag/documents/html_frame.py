"""What frames the text of an HTML page: scripts, navigation, tables of contents.

They are left out. Navigation says nothing, and a table of contents has the words of every question
and answers none.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bs4.element import Tag

_DROPPED = ("script", "style", "template", "noscript", "nav", "svg")
# A page's own frame; inside an article they are its title, its notes and its sources.
_FRAME = ("header", "footer", "aside")
_CONTENT = ("main", "article", "section", "blockquote", "figure")
# As generators of documentation call them: Sphinx, Asciidoctor, DocBook, Texinfo, gtk-doc, Doxygen.
_NAVIGATION = (
    "[hidden], [role=navigation], [role=doc-toc], #toc, .toc, .toc2, .TOC, #table-of-contents, "
    ".table-of-contents, .contents.topic, .navheader, .navfooter, .navigation, table.menu, "
    ".breadcrumb, .breadcrumbs, .sphinxsidebar, div.related, .pagination, [id^=SEC_Contents]"
)
# What holds the links to the pages before and after this one.
_BESIDE = "a[rel~=prev], a[rel~=previous], a[rel~=next], a[rel~=up]"
_MOST_NAVIGATION = 300
# From so many links on, a list that holds nothing but links into its own page is one of contents.
_LEAST_CONTENTS = 3
_LISTS = ("ul", "ol", "dl", "table")


def drop_frame(root: Tag, *, is_page: bool) -> None:
    """Take what is no text of the page out of ``root``; ``is_page``: it is a page by itself."""
    for unwanted in root.find_all(_DROPPED):
        unwanted.decompose()
    for sign in root.select("a.headerlink, a.anchor-link"):
        if not re.search(r"\w", sign.get_text()):
            sign.decompose()
    # A formula's picture beside its TeX.
    for picture in root.select(".katex-mathml ~ .katex-html"):
        picture.decompose()
    # A listing beside the numbers of its lines.
    for listing in root.select("td.code pre"):
        table = listing.find_parent("table")
        if table is not None and len(table.find_all("tr")) == 1:
            table.replace_with(listing.extract())
    if is_page:
        _drop(root.find_all(_FRAME), when=_frames)
    _drop(root.select(_NAVIGATION))
    _drop([_row(link) for link in root.select(_BESIDE)], when=_is_short)
    _drop(root.find_all(_LISTS), when=_is_contents)


def _drop(tags: list[Tag], *, when: Callable[[Tag], bool] = lambda _: True) -> None:
    for tag in tags:
        # It may have gone with one that it stood in.
        if not tag.decomposed and when(tag):
            tag.decompose()


def _frames(tag: Tag) -> bool:
    return not tag.find_parent(_CONTENT) and not tag.find(["h1", *_CONTENT])


def _row(link: Tag) -> Tag:
    """Return the table, list or paragraph that a link to another page stands in."""
    return link.find_parent(["table", "ul", "p", "div"]) or link


def _is_short(tag: Tag) -> bool:
    return len(tag.get_text(strip=True)) <= _MOST_NAVIGATION


def _is_contents(tag: Tag) -> bool:
    links = tag.find_all("a")
    if len(links) < _LEAST_CONTENTS:
        return False
    if not all(str(link.get("href", "")).startswith("#") for link in links):
        return False
    linked = sum(len(_letters(link)) for link in links)
    return linked == len(_letters(tag))


def _letters(tag: Tag) -> str:
    return "".join(character for character in tag.get_text() if character.isalpha())
