"""Question and evidence → the text of an answer with ``[n]`` markers, in one of two ways.

``quote``: the answer consists of evidence sentences word for word. The LLM has a say in which
sentence comes first, the evidence scores decide the rest, so that a weak model cannot spoil good
evidence. ``write``: the LLM writes freely and cites by number. Knows nothing of retrieval,
documents or citations' new numbers.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rag.errors import QuestionError
from rag.followup import asked_last
from rag.language import detect_language
from rag.llm import LanguageModel
from rag.prompts import best_first, user_turn, wording
from rag.types import Evidence, Language, Message, Role

_logger = logging.getLogger(__name__)

# The LLM chooses among sentences that score at least this share of the best: where the ranking is
# clear there is nothing to choose, and a small model cannot contradict it.
_CHOICE_FLOOR = 0.8
# More would only slow a small model down.
MOST_OPTIONS = 6
# How many of them are named to it as the best by score.
_LEADING_OPTIONS = 3
# A sentence scoring below this share of the best one is not worth quoting beside it; one of another
# section needs more. Set on the handbook's development questions.
_QUOTE_FLOOR = 0.4
_OTHER_SECTION_FLOOR = 0.85
_MANY = re.compile(
    r"哪些|哪几|几[种类步个]|[两二三四五六][种类步]|列举|分别|有什么|步骤|"
    r"\b(?:which|lists?|what are|types|kinds|ways|steps)\b",
    re.IGNORECASE,
)


class Mode(StrEnum):
    """How an answer is made."""

    QUOTE = "quote"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Prompt:
    """Tokens for the LLM and the language the answer shall be in."""

    tokens: tuple[int, ...]
    language: Language


@dataclass(frozen=True, slots=True)
class Selection:
    """The evidence a quoted answer consists of, in its order; ``chosen_by`` is llm or ranking."""

    evidence: tuple[Evidence, ...]
    chosen_by: str
    prompt_tokens: int


def build_prompt(
    question: str,
    evidence: Sequence[Evidence],
    history: Sequence[Message],
    llm: LanguageModel,
    *,
    max_sentences: int,
    max_answer_tokens: int,
) -> Prompt:
    """Return the prompt for a written answer.

    Args:
        max_sentences: how many pieces of evidence are named as worth quoting at most; twice as
            many for a question for several.

    Raises:
        QuestionError: question, evidence and answer do not fit into the LLM's context.
    """
    language = detect_language(question)
    leading = worth_quoting(question, evidence, max_sentences=max_sentences)
    messages = [
        Message(Role.SYSTEM, wording(language).instructions),
        *history,
        Message(Role.USER, user_turn(question, evidence, leading, language)),
    ]
    tokens = tuple(llm.encode_chat(messages))
    if len(tokens) + max_answer_tokens > llm.context_tokens:
        raise QuestionError(
            f"the question with its evidence takes {len(tokens)} tokens and the answer up to "
            f"{max_answer_tokens}, but {llm.name} reads {llm.context_tokens}: shorten the "
            "question, or lower evidence_tokens or max_answer_tokens"
        )
    return Prompt(tokens=tokens, language=language)


def write_answer(
    prompt: Prompt, llm: LanguageModel, *, max_answer_tokens: int, temperature: float
) -> Generator[str]:
    """Stream a freely written answer; its markers are evidence numbers."""
    yield from llm.generate(prompt.tokens, max_tokens=max_answer_tokens, temperature=temperature)


def worth_quoting(
    question: str, evidence: Sequence[Evidence], *, max_sentences: int
) -> list[Evidence]:
    """Return the best evidence by score and what is close to it, best first.

    Args:
        evidence: at least one piece.
        max_sentences: how many at most, a list with its lead-in or a table's row with its header
            counted as one; twice as many for a question for several.
    """
    ranked = best_first(evidence)
    top = ranked[0].score
    section = ranked[0].hit.section
    floors = (
        (item, _QUOTE_FLOOR if item.hit.section == section else _OTHER_SECTION_FLOOR)
        for item in ranked
    )
    close = [item for item, floor in floors if item.score >= top * floor]
    return _first_groups(close, _limit(question, max_sentences))


def _first_groups(ranked: Sequence[Evidence], count: int) -> list[Evidence]:
    """Return the first ``count`` pieces; what belongs together counts as one and stays together."""
    chosen: list[Evidence] = []
    taken: set[tuple[int, int]] = set()
    for item in ranked:
        key = _group_key(item)
        if key not in taken and len(taken) == count:
            continue
        taken.add(key)
        chosen.append(item)
    return chosen


def _group_key(item: Evidence) -> tuple[int, int]:
    return (item.group, 0 if item.group else item.number)


def _limit(question: str, max_sentences: int) -> int:
    """Return how many sentences may be quoted: a question for several gets twice as many."""
    return max_sentences * 2 if _MANY.search(asked_last(question)) else max_sentences


def select_quotes(
    question: str,
    evidence: Sequence[Evidence],
    llm: LanguageModel | None,
    *,
    max_sentences: int,
) -> Selection:
    """Choose the evidence sentences that make a quoted answer.

    The best by score and those close to it are taken. Where several are about as good, the LLM
    reads them and names the one that answers best: that one is sure of its place. Without an LLM
    the scores decide alone.
    """
    ranked = best_first(evidence)
    top = ranked[0].score
    limit = _limit(question, max_sentences)
    chosen = worth_quoting(question, evidence, max_sentences=max_sentences)
    options = sorted(
        (item for item in ranked[:MOST_OPTIONS] if item.score >= top * _CHOICE_FLOOR),
        key=lambda item: item.number,
    )
    chosen_by = "ranking"
    prompt_tokens = 0
    if llm is not None and len(options) > 1:
        favourite, prompt_tokens = choose(question, options, llm)
        if prompt_tokens:
            chosen_by = "llm"
        if favourite not in chosen:
            its_group = [item for item in ranked if _group_key(item) == _group_key(favourite)]
            chosen = [*_first_groups(chosen, limit - 1), *its_group]
    return Selection(
        evidence=_in_reading_order(chosen),
        chosen_by=chosen_by,
        prompt_tokens=prompt_tokens,
    )


def leading_options(options: Sequence[Evidence]) -> list[Evidence]:
    """Return the few options that are named as the best by score, best first."""
    return best_first(options)[:_LEADING_OPTIONS]


def choose(question: str, options: Sequence[Evidence], llm: LanguageModel) -> tuple[Evidence, int]:
    """Return the option that the LLM takes for the best answer, and the number of prompt tokens.

    Where the options do not fit into its context it is the best by score, with 0 tokens.
    """
    language = detect_language(asked_last(question))
    words = wording(language)
    # Numbers of one digit are one token each, so that all options cost one evaluation.
    numbered = [replace(item, number=number) for number, item in enumerate(options, start=1)]
    leading = leading_options(numbered)
    prompt = llm.encode_chat(
        [
            Message(Role.SYSTEM, words.choose),
            Message(Role.USER, user_turn(question, numbered, leading, language)),
        ]
    )
    if len(prompt) + 8 > llm.context_tokens:
        _logger.info("evidence of %d tokens exceeds the context; ranking decides", len(prompt))
        return max(options, key=lambda item: item.score), 0
    logprobs = llm.option_logprobs(prompt, [str(item.number) for item in numbered])
    best = max(range(len(options)), key=lambda index: logprobs[index])
    return options[best], len(prompt)


def _in_reading_order(chosen: Sequence[Evidence]) -> tuple[Evidence, ...]:
    # Evidence numbers already run section by section in reading order.
    return tuple(sorted(chosen, key=lambda item: item.number))


def quote_pieces(selection: Selection) -> Iterator[str]:
    """Stream the selected sentences word for word, each followed by its number from 1."""
    for position, item in enumerate(selection.evidence):
        if position:
            yield "\n" if _stands_on_its_own_line(selection.evidence[position - 1], item) else " "
        yield item.text
        yield f" [{position + 1}]"


def _stands_on_its_own_line(previous: Evidence, item: Evidence) -> bool:
    same_chunk = previous.hit.stored.id == item.hit.stored.id
    # Sentences of one paragraph stand close together in the document; others start a line.
    return not same_chunk or item.span.start - previous.span.end > 2 or "$$" in item.text
