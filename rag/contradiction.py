"""Where a sentence says otherwise than its source although most of their words are the same.

It negates what the source does not, has the opposite word, names something else, or states what
the source only asks. Knows nothing of answers or evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.language import detect_language, differ
from rag.segmentation import query_terms
from rag.sentences import sentence_spans

# Abbreviations, model names: a capital or a digit beyond the first letter ("LLaVA", "GPT4").
_NAME = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9]*(?:[A-Z]|(?<=[A-Za-z])[0-9])[A-Za-z0-9]*")
# GPT-4, GPT 4 and GPT4 are one.
_GAP_IN_NAME = re.compile(r"(?<=[A-Za-z])[-\s](?=\d)")
_PLURAL = re.compile(r"(?<=[A-Z0-9])s$")
_NEGATION = re.compile(
    r"不|没|无(?![论数穷疑比线人监花机])|并非|未|禁止|切勿|缺乏|缺少|"
    r"\b(?:not|no|never|none|without|cannot|neither|nor|lacks?|lacking|unable|"
    r"fail(?:s|ed)? to)\b|n['’]t\b",
    re.IGNORECASE,
)
# These negate nothing: 不同 (but 不同意 does), 不仅, 未来, No. 3.
_NO_NEGATION = re.compile(
    r"不同(?![意步]|时(?![间期刻]))|不仅|不但|不断(?!开)|不过(?![滤期载拟度])|差不多|不少(?!于)|未来|"
    r"\bno\.\s*\d|not only",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(
    r"[，,；;。！？!?]|(?<!不)但是?|然而|"
    r"\b(?:but|while|whereas|although|and)\b",
    re.IGNORECASE,
)
# "ReLU instead of GELU" says that it is not GELU.
_INSTEAD = re.compile(
    r"(?:而非|而不是|\b(?:instead of|rather than)\b)(?P<other>[^，,；;。.！？!?]+)", re.IGNORECASE
)
_OPPOSITES = tuple(
    (re.compile(one, re.IGNORECASE), re.compile(other, re.IGNORECASE))
    for one, other in (
        ("之前|以前", "之后|以后"),
        ("高于|大于|超过|多于", "低于|小于|不到|少于"),
        ("增加|增大|上升|提高|升高|增长", "减少|减小|下降|降低|缩短"),
        ("至少|最少", "至多|最多"),
        ("所有|全部", r"某些|(?<![一二两三四五六七八九十几\d])部分(?!组成)|有的"),
        (r"\bbefore\b", r"\bafter\b"),
        (r"\b(?:increas|improv|ris(?:e|ing)|rose)", r"\b(?:decreas|declin|degrad|drop|fall|fell)"),
        (r"\bat least\b", r"\bat most\b"),
        (r"\b(?:more|higher|larger|greater) than\b", r"\b(?:less|fewer|lower|smaller) than\b"),
        (r"\b(?:above|over) [\d$]", r"\b(?:below|under) [\d$]"),
        (r"\bmust\b(?! not)", r"\bmay\b(?! not)"),
        (r"\ball\b", r"\bsome\b"),
    )
)
_ASKS = re.compile(r"[?？]\s*[\"'”’」』）)]*\s*$")
_HYPHEN = re.compile(r"(?<=[A-Za-z])-(?=\d)")


def contradicts(sentence: str, said: str, context: str) -> bool:
    """Whether ``sentence`` says otherwise than ``said``; its names may stand in ``context`` too."""
    return (
        _negates_otherwise(_INSTEAD.sub("", sentence), _INSTEAD.sub("", said))
        or _says_what_is_not(sentence, said)
        or _opposes(sentence, said)
        or _lacks_name(sentence, context)
        or only_asks(sentence, said)
    )


def only_asks(sentence: str, said: str) -> bool:
    """Whether ``said`` asks what ``sentence`` states, and states nothing."""
    if _ASKS.search(said) is None or _ASKS.search(sentence) is not None:
        return False
    return all(_ASKS.search(said[span.start : span.end]) for span in sentence_spans(said))


def _negates_otherwise(sentence: str, said: str) -> bool:
    """Whether a clause negates where the clauses most like it do not, or the reverse."""
    if differ(detect_language(sentence), detect_language(said)):
        return _negates(sentence) != _negates(said)
    sources = [(clause, set(query_terms(clause))) for clause in _clauses(said)]
    compared = False
    for clause in _clauses(sentence):
        own = set(query_terms(clause))
        alike = max((len(own & words) for _, words in sources), default=0)
        if not alike:
            continue
        compared = True
        nearest = [source for source, words in sources if len(own & words) == alike]
        if all(_negates(source) != _negates(clause) for source in nearest):
            return True
    return not compared and _negates(sentence) != _negates(said)


def _says_what_is_not(sentence: str, said: str) -> bool:
    """Whether the sentence has what the source says something else stands for."""
    stated = set(query_terms(_INSTEAD.sub("", sentence)))
    elsewhere = set(query_terms(_INSTEAD.sub("", said)))
    for found in _INSTEAD.finditer(said):
        other = set(query_terms(found["other"])) - elsewhere
        if other and other <= stated and not _negates(sentence):
            return True
    return False


def _clauses(text: str) -> Iterator[str]:
    return (clause for clause in _CLAUSE_END.split(text) if clause and clause.strip())


def _negates(text: str) -> bool:
    return bool(_NEGATION.search(_NO_NEGATION.sub("", text)))


def _opposes(sentence: str, said: str) -> bool:
    """Whether the sentence has one of two opposite words and the source the other one only."""
    for pair in _OPPOSITES:
        own, theirs = ([bool(word.search(text)) for word in pair] for text in (sentence, said))
        if own in ([True, False], [False, True]) and theirs == own[::-1]:
            return True
    return False


def _lacks_name(sentence: str, context: str) -> bool:
    """Whether the sentence names what does not stand in ``context`` by itself (not in QLoRA)."""
    # Where the gap parts two things, the name stands before it.
    context = f"{context} {_GAP_IN_NAME.sub('', context)}"
    for name in _NAME.findall(_HYPHEN.sub("", sentence)):
        single = re.escape(_PLURAL.sub("", name))
        whole = rf"(?<![A-Za-z0-9]){single}(?:e?s)?(?![A-Za-z0-9])"
        if not re.search(whole, context, re.IGNORECASE):
            return True
    return False
