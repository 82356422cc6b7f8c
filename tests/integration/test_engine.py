"""Questions answered by the embedded models over a real index."""

from dataclasses import replace
from pathlib import Path

import pytest

from rag import models
from rag.engine import Engine
from rag.errors import IndexMissingError, IndexUnusableError, QuestionError
from rag.settings import Settings
from rag.store import SearchFilter
from rag.types import AnswerDone, EvidenceFound, Language, Message, Role, TextPiece

pytestmark = pytest.mark.slow

QUESTIONS = [
    ("CLIP 是用哪种损失函数训练的？", "zh/contrastive.md", "对称的对比损失"),
    ("LoRA 的秩一般取多少？", "zh/contrastive.md", "8 到 64"),
    ("Which loss is CLIP trained with?", "en/contrastive.md", "symmetric contrastive loss"),
    ("What rank do people use for LoRA?", "en/contrastive.md", "8 to 64"),
    ("How long does sourdough rest before baking?", "en/cooking.txt", "twelve hours"),
]


@pytest.mark.parametrize(("question", "document", "fact"), QUESTIONS)
def test_the_answer_holds_the_fact_and_cites_the_document(
    engine: Engine, question: str, document: str, fact: str
) -> None:
    answer = engine.ask(question)
    assert not answer.abstained
    assert fact in " ".join(answer.text.split())
    assert answer.citations[0].document == document


@pytest.mark.parametrize("question", [row[0] for row in QUESTIONS])
def test_every_quote_is_the_documents_text_and_every_sentence_is_quoted(
    engine: Engine, question: str
) -> None:
    answer = engine.ask(question)
    rest = answer.text
    for citation in answer.citations:
        document = engine.reader.document(citation.document)
        assert document.text[citation.start : citation.end] == citation.quote
        assert citation.quote in rest
        rest = rest.replace(citation.quote, "", 1).replace(f"[{citation.n}]", "", 1)
    assert rest.strip() == ""


def test_evidence_comes_first_and_the_pieces_make_the_answer(engine: Engine) -> None:
    events = list(engine.stream("CLIP 用什么损失训练？"))
    assert isinstance(events[0], EvidenceFound)
    assert isinstance(events[-1], AnswerDone)
    pieces = "".join(event.text for event in events if isinstance(event, TextPiece))
    assert pieces.strip() == events[-1].answer.text


@pytest.mark.parametrize("question", ["明天北京会下雨吗？", "Who won the football cup in 1998?"])
def test_what_the_documents_do_not_answer_is_declined(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.abstained
    assert answer.citations == ()
    assert answer.tokens.prompt == 0


@pytest.mark.parametrize("text", ["hello", "你好，你能做什么？"])
def test_small_talk_is_answered_without_a_search(engine: Engine, text: str) -> None:
    answer = engine.ask(text)
    assert answer.abstained
    assert answer.hits == () and answer.confidence == 0.0
    assert answer.text != engine.ask("Who won the football cup in 1998?").text.partition("\n")[0]


def test_a_follow_up_is_understood_from_the_history(engine: Engine) -> None:
    history = [
        Message(Role.USER, "LoRA 的秩怎么选？"),
        Message(Role.ASSISTANT, "通常取 8 到 64。"),
    ]
    answer = engine.ask("它在指令微调时用多少？", history=history)
    assert "16" in answer.text


def test_filters_narrow_the_search(engine: Engine) -> None:
    hits = engine.search("LoRA rank", where=SearchFilter(language=Language.ZH))
    assert {hit.stored.document for hit in hits} == {"zh/contrastive.md"}
    hits = engine.search("LoRA rank", where=SearchFilter(folder="en"))
    assert hits[0].stored.document == "en/contrastive.md"
    assert all(hit.stored.document.startswith("en/") for hit in hits)


def test_write_mode_drops_markers_that_point_nowhere(
    indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a model that is trusted to write, so that what it writes is not quoted over.
    trusted = tuple(replace(entry, answer_mode="write") for entry in models.CATALOGUE)
    monkeypatch.setattr(models, "CATALOGUE", trusted)
    settings = Settings.load(environment={}, flags={"index": indexed, "mode": "write"})
    with Engine(settings) as writing:
        answer = writing.ask("What loss does CLIP train with?")
    assert answer.mode == "write"
    import re

    markers = {int(number) for number in re.findall(r"\[(\d+)\]", answer.text)}
    assert markers == {citation.n for citation in answer.citations}
    assert answer.tokens.prompt > 0


def test_what_a_small_model_writes_stays_near_the_best_evidence(indexed: Path) -> None:
    """Where it begins elsewhere, the best is quoted in its place."""
    settings = Settings.load(
        environment={}, flags={"index": indexed, "mode": "write", "max_answer_tokens": 60}
    )
    with Engine(settings) as writing:
        for question in (
            "What loss does CLIP train with?",
            "LoRA 的秩怎么选？",
            "What does CLIP learn?",
        ):
            *_, last = writing.stream(question)
            assert isinstance(last, AnswerDone)
            answer = last.answer
            assert not answer.abstained
            cited = {(citation.document, citation.start) for citation in answer.citations}
            scores = {(e.hit.stored.document, e.span.start): e.score for e in answer.evidence}
            if answer.mode == "quote":
                assert answer.chosen_by == "ranking"
                assert max(scores, key=lambda place: scores[place]) in cited
            else:
                assert answer.chosen_by == "llm"
                assert max(scores[place] for place in cited) >= 0.5 * max(scores.values())


def test_questions_that_cannot_be_asked(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="empty"):
        engine.ask(" \n\t")
    with pytest.raises(QuestionError, match="shorten"):
        engine.ask("x" * 100_000)
    nowhere = Settings.load(environment={}, flags={"index": tmp_path / "none"})
    with Engine(nowhere) as lost, pytest.raises(IndexMissingError):
        lost.ask("CLIP?")


def test_an_index_of_another_embedder_is_refused(tmp_path: Path) -> None:
    from rag.store import EmbedderIdentity, IndexWriter

    with IndexWriter.open(tmp_path, EmbedderIdentity(name="other", dimension=8)):
        pass
    settings = Settings.load(environment={}, flags={"index": tmp_path})
    with Engine(settings) as engine, pytest.raises(IndexUnusableError, match=r"other .*384"):
        engine.ask("CLIP?")
