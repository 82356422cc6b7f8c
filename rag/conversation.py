"""Follow-up questions: what earlier turns add to a question, and how many of them fit.

Knows nothing of retrieval or LLMs; how tokens are counted is handed in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.errors import QuestionError
from rag.followup import put_after
from rag.segmentation import query_terms
from rag.small_talk import is_small_talk
from rag.types import Message, Role

# Words that point back at an earlier turn.
_POINTS_BACK = re.compile(
    r"(?<![其吉维排利犹])[它他她](?!人|乡|汇|汀|命|州|国)|这个|那个|这种|那种|这些|那些|这样|那样|^[这此](?!外)|"
    r"上面|上述|前面|刚才|前者|后者|两者|二者|其中|"
    r"该(?:模型|方法|算法|架构|数据集|论文|函数|参数|功能|系统)|呢[？?！!。\s]*$|还有|另外|^那么?(?!不勒斯)|"
    r"\b(?:it|its|they|them|their|this|that|these|those|the former|the latter|ones|"
    r"he|him|his|she|her|hers)\b|"
    r"^(?:and|what about|how about)\b",
    re.IGNORECASE,
)
_SHORT_QUESTION_TERMS = 2
# "Why is the loss symmetric?" leans on what went before; a longer one says what it is about.
_WHY = re.compile(r"^why\b", re.IGNORECASE)
_SHORT_WHY_TERMS = 3
# However short, this names what it asks for.
_ASKS_WHAT_IT_IS = re.compile(
    r"^(?:what(?:['’]s| is| are)|什么是|define|explain|介绍一?下?|解释一?下?)\s*\S|"
    r"\S\s*(?:是什么|是啥|指什么|什么意思)[？?。\s]*$",
    re.IGNORECASE,
)
# A question before the last one but two has little to do with this one.
_TURNS_CARRIED = 3


def readings(question: str, history: Sequence[Message]) -> tuple[str, ...]:
    """Return what ``question`` may mean as a question by itself, likeliest first.

    One that leans on what went before is read after the last question, small talk passed over; only
    a very short one that does not name what it asks for can be nothing else. One that seems to name
    its own subject is taken at its word first; only if that leads nowhere may it lean all the same.
    """
    asked = [
        turn.content
        for turn in history
        if turn.role is Role.USER and not is_small_talk(turn.content)
    ][-_TURNS_CARRIED:]
    if not asked:
        return (question,)
    after = put_after(_standalone(asked), question)
    if _is_short(question):
        names_it = bool(query_terms(question)) and _ASKS_WHAT_IT_IS.search(question)
        return (after, question) if names_it and not _points_back(question) else (after,)
    # "That" and 它 may point at something in the question itself: then it stands alone.
    return (after, question) if _points_back(question) else (question, after)


def _standalone(asked: Sequence[str]) -> str:
    """Return the last of some questions, after those that it leans on."""
    *earlier, last = asked
    return put_after(_standalone(earlier), last) if earlier and _leans(last) else last


def _leans(question: str) -> bool:
    """Whether the question cannot be understood without what went before."""
    return _is_short(question) or _points_back(question)


def _is_short(question: str) -> bool:
    return len(query_terms(question)) <= _SHORT_QUESTION_TERMS


def _points_back(question: str) -> bool:
    is_why = _WHY.search(question) and len(query_terms(question)) <= _SHORT_WHY_TERMS
    return bool(is_why or _POINTS_BACK.search(question))


def fitting_history(
    history: Sequence[Message], *, max_tokens: int, count_tokens: Callable[[str], int]
) -> list[Message]:
    """Return the latest turns that fit into ``max_tokens``, starting with a user's turn."""
    kept: list[Message] = []
    room = max_tokens
    for turn in reversed(history):
        room -= count_tokens(turn.content)
        if room < 0:
            break
        kept.append(turn)
    kept.reverse()
    while kept and kept[0].role is not Role.USER:
        kept.pop(0)
    return kept


def read_history(path: Path) -> list[Message]:
    """Read a JSON list of ``{"role": …, "content": …}`` from a file.

    Raises:
        QuestionError: the file cannot be read or is not of that form.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise QuestionError(f"cannot read history {path}: {error.strerror}") from error
    except ValueError as error:
        raise QuestionError(f"history {path} is not valid JSON: {error}") from error
    return parse_history(rows, origin=str(path))


def parse_history(rows: object, *, origin: str) -> list[Message]:
    """Turn decoded JSON into messages.

    Raises:
        QuestionError: ``rows`` is not a list of objects with a known role and a text.
    """
    expected = '[{"role": "user" or "assistant", "content": "text"}, …]'
    if not isinstance(rows, list):
        raise QuestionError(f"history in {origin} must be a list: {expected}")
    messages: list[Message] = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not isinstance(row.get("content"), str):
            raise QuestionError(f"turn {number} of the history in {origin} must be like {expected}")
        try:
            role = Role(str(row.get("role")))
        except ValueError as error:
            raise QuestionError(
                f"turn {number} of the history in {origin} has role {row.get('role')!r}; "
                "expected user, assistant or system"
            ) from error
        messages.append(Message(role=role, content=row["content"]))
    return messages
