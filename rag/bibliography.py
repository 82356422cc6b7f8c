"""Tells the entries of a list of references from sentences that say something.

An entry names its topic in the title, with most of a question's words in it, and answers nothing
but who wrote what, and when. Told apart by form alone: author and year, GB/T 7714, IEEE, APA.
"""

from __future__ import annotations

import re

# Not "Reference", which heads the description of an interface.
_HEADING = re.compile(
    r"(?:references|bibliography|works cited|参考文献|参考资料|引用文献)[:：]?", re.IGNORECASE
)
_ENTRY = re.compile(
    r"""
    # After "[12]", "12." or a bullet:
    ^\s*(?:\[\d+\]|\d+[.)]|[-*•])?\s*
    (?:
        # Li et al., 2023.
        [^.!?。！？]{2,80}?(?:\set\sal\.|等)[,，]?\s?(?:19|20)\d\d[a-z]?[.。](?:\s|$)
        # Bishop, 2006. Title
      | (?!.*\b(?:January|February|March|April|May|June|July|August|September|October|
            November|December)\b)[^.!?。！？()（）]{2,60}[,，]\s?(?:19|20)\d\d[a-z]?[.。]\s
        # Li, F., & Wang, Y. (2023). Title
      | [^!?。！？()（）]{2,120}(?:,|&|\set\sal\.?)[^()!?]{0,80}\((?:19|20)\d\d[a-z]?\)\.\s
    )
    # Title[J]. as GB/T 7714 has it
    | ^(?=\s*(?:[-*•]\s*)?\[\d+\]|.*\b(?:19|20)\d\d).*(?:[A-Za-z]{3}|[\u4e00-\u9fff])\s?
      \[(?:J|C|M|D|R|S|P|N|A|J/OL|C/OL|EB/OL|OL)\](?:[.．,，/]|\s*$)
    # After a number or a year, where to find it: arXiv, DOI, pages
    | ^\s*(?:\[\d+\]|[-*•]\s.*(?:19|20)\d\d|\(?(?:19|20)\d\d).*
      (?:\barXiv(?:\spreprint)?(?:\sarXiv)?:\s?\d{4}\.\d{4,5}(?:v\d+)?[\])]?\.?\s*$
        | \bdoi(?:\.org/|:)\s?10\.\d{4,}\S*$
        | \bpp\.\s?\d+\s?[-–]\s?\d+)
    """,
    re.VERBOSE,
)
_ASKED_FOR = re.compile(
    r"论文|文献|作者|谁提出|出处|哪一?年|arxiv|\bpapers?\b|\bauthors?\b|"
    r"who (proposed|introduced|wrote)|published|\bcitations?\b|"
    r"(?<![a-z]-)\breferences?\b(?! models?)",
    re.IGNORECASE,
)


def heads_references(text: str) -> bool:
    """Whether a heading or a line above a list announces references."""
    return _HEADING.fullmatch(text.strip()) is not None


def is_reference(text: str) -> bool:
    """Whether a line or sentence is an entry of a list of references."""
    return _ENTRY.search(text) is not None


def asks_for_reference(question: str) -> bool:
    """Whether a question asks for a paper, its authors or its year."""
    return _ASKED_FOR.search(question) is not None
