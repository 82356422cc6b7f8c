"""``python -m bench.llms [LLM ...]``: answering models beside each other, on the golden questions.

Each is a catalogue name or a .gguf file. All answer from the same evidence, found once a question,
and the first row has no LLM: what scores best is quoted. Measured are, in write mode unless said:

- facts: share of the expected facts in the answers; an answer declined has none;
- unsupported: share of the sentences that no evidence carries (none is left out for the count);
- language: share of the answers in the question's language;
- declined: share of the questions declined, by the evidence scores or by the model;
- chosen right: share of the answerable questions for which the sentence that the model names, out
  of the six that score best, holds an expected fact;
- quoted facts: as facts, in quote mode;
- seconds for a written answer without the search, and tokens of its prompt, at the median.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.answerer import Answerer, last_answer
from rag.answering import MOST_OPTIONS, choose, select_quotes
from rag.clock import Clock
from rag.engine import Engine
from rag.evaluation import EvaluationQuestion, Kind, measures, read_questions
from rag.evidence import Picked
from rag.language import detect_language, differ
from rag.llm import LanguageModel
from rag.models import DEFAULT_LLM
from rag.prompts import best_first
from rag.settings import Settings, go_offline
from rag.types import Answer, Support


@dataclass(frozen=True)
class Found:
    """A question as it was understood, and its evidence."""

    question: EvaluationQuestion
    standalone: str
    picked: Picked
    suffices: bool

    @property
    def answerable(self) -> bool:
        """Whether the handbook answers it."""
        return self.question.kind is not Kind.UNANSWERABLE

    def facts_in(self, text: str) -> float:
        """Return the share of the expected facts in ``text``."""
        return measures.fact_share(text, self.question.facts) if self.suffices else 0.0


def write(engine: Engine, found: Found) -> Answer:
    """Return the written answer; the clock runs from the evidence on."""
    answerer = Answerer(found.question.question, engine.models, engine.settings, Clock())
    return last_answer(answerer.write(found.picked, found.standalone, found.question.history))


def chosen_right(found: Found, llm: LanguageModel | None) -> bool:
    """Whether the best sentence, by the model or without one by score, holds an expected fact."""
    ranked = best_first(found.picked.evidence)
    options = sorted(ranked[:MOST_OPTIONS], key=lambda item: item.number)
    best = choose(found.standalone, options, llm)[0] if llm else ranked[0]
    facts = found.question.facts
    return len(measures.missing_facts(best.text, facts)) < len(facts)


def quoted_facts(found: Found, engine: Engine, llm: LanguageModel | None) -> float:
    """Return the share of the expected facts in the quoted answer."""
    selection = select_quotes(
        found.standalone,
        found.picked.evidence,
        llm,
        max_sentences=engine.settings.answer_sentences,
    )
    return found.facts_in(" ".join(item.text for item in selection.evidence))


def choice_columns(engine: Engine, asked: Sequence[Found], llm: LanguageModel | None) -> str:
    """Return what a row says of choosing and quoting."""
    with_facts = [item for item in asked if item.answerable and item.question.facts]
    right = [chosen_right(item, llm) for item in with_facts if item.suffices]
    quoted = [quoted_facts(item, engine, llm) for item in with_facts if item.picked.evidence]
    return f"{statistics.fmean(right):.1%} | {statistics.fmean(quoted):.1%}"


def written_columns(engine: Engine, asked: Sequence[Found]) -> tuple[str, str]:
    """Return what a row says of written answers: its columns before and after the choice's."""
    answers = [(item, write(engine, item)) for item in asked if item.suffices]
    kept = [(item, answer) for item, answer in answers if not answer.abstained]
    with_facts = [item for item in asked if item.answerable and item.question.facts]
    text = {item.question.id: answer.text for item, answer in kept}
    facts = [item.facts_in(text.get(item.question.id, "")) for item in with_facts]
    sentences = [sentence.support for _, answer in kept for sentence in answer.sentences]
    language = [
        not differ(detect_language(answer.text), detect_language(item.question.question))
        for item, answer in kept
    ]
    declined = {
        kind: statistics.fmean(
            item.question.id not in text for item in asked if item.answerable is kind
        )
        for kind in (True, False)
    }
    unsupported = sentences.count(Support.UNSUPPORTED) / len(sentences)
    columns = (
        f"{statistics.fmean(facts):.1%} | {unsupported:.1%} "
        f"| {statistics.fmean(language):.1%} | {declined[True]:.1%} | {declined[False]:.1%}"
    )
    seconds = statistics.median(answer.timings.total for _, answer in kept) / 1000
    tokens = statistics.median(answer.tokens.prompt for _, answer in kept)
    return columns, f"{seconds:.2f} | {tokens:.0f}"


def find(engine: Engine, question: EvaluationQuestion) -> Found:
    """Return the evidence that the engine finds."""
    standalone, picked = engine.find(question.question, question.history)
    return Found(question, standalone, picked, engine.suffices(picked))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.llms", description=__doc__)
    parser.add_argument("llms", nargs="*", default=[DEFAULT_LLM], metavar="LLM")
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--index", type=Path, help="an index over the handbook; by default, new")
    options = parser.parse_args()
    go_offline()
    logging.basicConfig(level=logging.ERROR)
    questions = [
        item for item in read_questions(Path("tests/golden")) if item.split == options.split
    ]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(flags={"index": options.index or folder, "unsupported": "mark"})
        with Engine(settings) as engine:
            if options.index is None:
                engine.index([settings.corpus])
            asked = [find(engine, question) for question in questions]
            print(
                "| LLM | facts | unsupported | language | answerable declined | "
                "unanswerable declined | chosen right | quoted facts | s | prompt tokens |\n"
                "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
            )
            print(f"| none | | | | | | {choice_columns(engine, asked, None)} | | |", flush=True)
            for name in options.llms:
                changed = settings.changed({"llm": name})
                engine.adopt(changed, engine.models.adapted(changed))
                choice = choice_columns(engine, asked, engine.llm)
                before, after = written_columns(engine, asked)
                print(f"| {name} | {before} | {choice} | {after} |", flush=True)


if __name__ == "__main__":
    main()
