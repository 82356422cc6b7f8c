"""Draft a question set from an index, for its owner to correct and extend.

Three kinds: a section's heading asked as a question, the rare words of a sentence as someone would
type them into a search box, and, where the LLM is large enough to be trusted with it, a question
that it writes. Each names its section and facts that an answer should contain.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from rag.answering import Mode
from rag.engine import Engine
from rag.evaluation.questions import EvaluationQuestion, Kind
from rag.language import detect_language
from rag.prompts import wording
from rag.segmentation import query_terms
from rag.sentences import sentence_spans
from rag.types import BlockKind, Document, Language, Message, Role, Section, Span

_IS_QUESTION = re.compile(
    r"[?？]$|^(what|how|why|when|which|where|who|can|does|do|is|are)\b|什么|如何|怎么|为什么|哪些",
    re.IGNORECASE,
)
# What can be checked in an answer without understanding it: numbers, and names in Latin letters.
# Word boundaries are those of Latin script: Chinese has none around a number.
_FACT = re.compile(
    r"\d+(?:[.,]\d+)*\s?[%kKMBG]?\b|\b[A-Z][A-Za-z]*[A-Z0-9](?:[\w.-]*\w)?", re.ASCII
)
_KEYWORDS = 5
_LEAST_CHARACTERS = 24
_QUESTION_TOKENS = 60


def draft_questions(engine: Engine, count: int, *, seed: int = 0) -> Iterator[EvaluationQuestion]:
    """Yield at most ``count`` drafted questions over the index, the same for the same seed.

    Raises:
        VerbatimError: the index cannot be read.
    """
    generator = random.Random(seed)
    writes = engine.mode is Mode.WRITE
    drafted = 0
    asked: set[str] = set()
    for document, section, span in _sentences(engine, generator):
        sentence = document.text[span.start : span.end]
        kind = "sentence" if drafted % 3 else "heading"
        if writes and drafted % 3 == 2:
            kind = "written"
        question = _question(engine, document, section, sentence, kind)
        if kind == "heading" and (not question or question in asked):
            kind = "sentence"
            question = _question(engine, document, section, sentence, kind)
        if not question or question in asked:
            continue
        asked.add(question)
        drafted += 1
        facts = () if kind == "heading" else tuple(dict.fromkeys(_FACT.findall(sentence)))[:2]
        yield EvaluationQuestion(
            id=f"draft-{drafted:04d}",
            question=question,
            language=detect_language(question).value,
            kind=Kind.ANSWERABLE,
            sections=(section.anchor,) if section.anchor else (),
            documents=(document.name,),
            facts=tuple((fact.strip(),) for fact in facts),
        )
        if drafted == count:
            return


def _sentences(
    engine: Engine, generator: random.Random
) -> Iterator[tuple[Document, Section, Span]]:
    """Yield sentences of the index in random order, each section's turn coming round evenly."""
    rounds: list[tuple[int, float, Document, Section, Span]] = []
    for summary in engine.reader.documents():
        document = engine.reader.document(summary.name)
        for section in document.sections:
            spans = [
                Span(block.span.start + part.start, block.span.start + part.end)
                for block in document.blocks
                if block.kind is BlockKind.PARAGRAPH and section.span.contains(block.span)
                for part in sentence_spans(document.text[block.span.start : block.span.end])
                if len(part) >= _LEAST_CHARACTERS
            ]
            generator.shuffle(spans)
            rounds += [
                (number, generator.random(), document, section, span)
                for number, span in enumerate(spans)
            ]
    rounds.sort(key=lambda item: item[:2])
    for _, _, document, section, span in rounds:
        yield document, section, span


def _question(
    engine: Engine, document: Document, section: Section, sentence: str, kind: str
) -> str:
    if kind == "heading":
        return _of_heading(document, section)
    if kind == "written":
        return _written(engine, sentence)
    terms = [term for term in query_terms(sentence) if len(term) > 1]
    rarity = engine.reader.document_frequencies(terms)
    rare = sorted(terms, key=lambda term: rarity.get(term, 0))[:_KEYWORDS]
    words = [term for term in dict.fromkeys(terms) if term in rare]
    # Stems are not words: take the sentence's own spelling of each.
    spelled = [_spelling(sentence, word) for word in words]
    return " ".join(dict.fromkeys(spelled)) if len(spelled) >= 2 else ""


def _spelling(sentence: str, term: str) -> str:
    found = re.search(re.escape(term) + r"[A-Za-z-]*", sentence, re.IGNORECASE)
    return found.group() if found else term


def _of_heading(document: Document, section: Section) -> str:
    heading = section.heading_path[-1] if section.heading_path else document.title
    if not heading or _IS_QUESTION.search(heading):
        return heading
    if detect_language(heading) is Language.ZH:
        return f"{heading}讲的是什么？"
    return f"What should one know about {heading}?"


def _written(engine: Engine, sentence: str) -> str:
    words = wording(detect_language(sentence))
    prompt = engine.llm.encode_chat([Message(Role.USER, words.draft.format(text=sentence))])
    pieces = engine.llm.generate(prompt, max_tokens=_QUESTION_TOKENS, temperature=0.0)
    lines = "".join(pieces).strip().splitlines()
    return lines[0].strip() if lines else ""
