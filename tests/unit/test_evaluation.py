"""Measures against values worked out by hand, question files, tables and the HTML report."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import QuestionError
from rag.evaluation import measures
from rag.evaluation.html_report import html
from rag.evaluation.outcomes import Outcome, summarize
from rag.evaluation.questions import EvaluationQuestion, Kind, read_questions
from rag.evaluation.report_texts import REPORT_TEXTS
from rag.evaluation.tables import cells, markdown, report_to_json
from rag.types import (
    Answer,
    AnswerSentence,
    Chunk,
    Citation,
    Evidence,
    Hit,
    Language,
    RetrievalScores,
    Span,
    StoredChunk,
    Support,
    Timings,
)

RANKS = st.lists(st.one_of(st.none(), st.integers(1, 50)), min_size=1, max_size=5)


def test_recall_counts_every_wanted_item() -> None:
    assert measures.recall_at([1, 4, None], 3) == pytest.approx(1 / 3)
    assert measures.recall_at([1, 4, None], 5) == pytest.approx(2 / 3)


def test_reciprocal_rank_is_of_the_first_found() -> None:
    assert measures.reciprocal_rank([None, 4, 2]) == 0.5
    assert measures.reciprocal_rank([None]) == 0.0


def test_ndcg_of_a_worked_example() -> None:
    # Two wanted, found at 1 and 3: (1 + 1/2) of at best (1 + 1/log2(3)).
    assert measures.ndcg_at([1, 3], 5) == pytest.approx(1.5 / 1.6309297535714573)


@given(RANKS, st.integers(1, 10))
def test_every_measure_is_a_share(ranks: list[int | None], k: int) -> None:
    distinct = [rank if rank is None else rank + 50 * i for i, rank in enumerate(ranks)]
    for value in (
        measures.recall_at(distinct, k),
        measures.reciprocal_rank(distinct),
        measures.ndcg_at(distinct, k),
    ):
        assert 0 <= value <= 1


def test_auc_is_the_share_of_pairs_in_order() -> None:
    assert measures.auc([0.9, 0.4], [0.5, 0.4]) == pytest.approx((2 + 0.5) / 4)
    assert measures.auc([0.9], []) is None


def test_declined_at_counts_the_others_below_what_few_answered_lie_below() -> None:
    answered = [0.5 + 0.01 * i for i in range(21)]
    limit, declined = measures.declined_at(0.05, answered, [0.1, 0.505, 0.515, 0.9])
    assert sum(value < limit for value in answered) == 1
    assert declined == 0.5


def test_percentile_is_a_value_that_was_seen() -> None:
    assert measures.percentile([5, 1, 3], 0.5) == 3
    assert measures.percentile([5, 1, 3], 0.95) == 5


def test_facts_are_found_whatever_their_spaces_and_width() -> None:
    facts = [["0.07"], ["contrastive loss", "对比损失"], ["sigmoid"]]
    assert measures.missing_facts("温度为 ０.０７，用对比 损失", facts) == [["sigmoid"]]


def _evidence(number: int, text: str, start: int) -> Evidence:
    span = Span(start, start + len(text))
    chunk = Chunk(text, span, ("Training",), "clip-loss", None, Language.EN)
    hit = Hit(StoredChunk(number, "a.md", chunk), RetrievalScores(fused=1.0, relevance=1.0))
    return Evidence(number, hit, span, text, 0.9)


def _answer(sentence: str, *, abstained: bool = False, confidence: float = 0.8) -> Answer:
    loss = _evidence(1, "CLIP trains with a symmetric contrastive loss over the batch.", 0)
    heat = _evidence(2, "The temperature starts at 0.07 and is learned.", 80)
    citations = tuple(
        Citation(n, "a.md", ("Training",), "clip-loss", None, e.span.start, e.span.end, e.text, 0.9)
        for n, e in enumerate((loss, heat), 1)
    )
    return Answer(
        question="q",
        text=sentence,
        abstained=abstained,
        model="m",
        citations=() if abstained else citations,
        sentences=() if abstained else (AnswerSentence(sentence, Support.SUPPORTED, (1, 2)),),
        hits=(loss.hit, heat.hit),
        evidence=(loss, heat),
        timings=Timings(retrieve=10, first_token=20, total=30),
        confidence=confidence,
    )


def test_a_citation_that_does_not_bear_on_its_sentence_costs_precision_not_recall() -> None:
    carried, helping = measures.citation_scores(
        _answer("CLIP trains with a symmetric contrastive loss.")
    )
    assert carried == [True]
    assert helping == [True, False]


def _question(kind: Kind, **given: object) -> EvaluationQuestion:
    return EvaluationQuestion(id="1", question="<b>Why?</b>", language="en", kind=kind, **given)


def test_scores_by_kind_and_what_counts_as_right() -> None:
    good = Outcome(
        _question(Kind.ANSWERABLE, sections=("clip-loss",), facts=(("contrastive",),)),
        _answer("CLIP trains with a symmetric contrastive loss."),
        (True,),
    )
    wrong = Outcome(_question(Kind.UNANSWERABLE), _answer("Yes, 42.", confidence=0.3), (False,))
    report = summarize([good, wrong], threshold=0.2, models="m")
    assert report.abstention_auc == 1.0
    assert report.groups["en", "answerable"].section_at_1 == 1.0
    assert report.groups["en", "unanswerable"].right == 0.0
    assert report.overall.right == 0.5
    assert report.failures == [wrong]
    assert "| en | unanswerable | 1 |" in markdown(report)
    assert json.loads(json.dumps(report_to_json(report)))["overall"]["count"] == 2


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", REPORT_TEXTS)
def test_the_html_report_escapes_what_documents_and_models_say(language: Language) -> None:
    said = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    outcome = Outcome(_question(Kind.UNANSWERABLE), _answer(said), (False,))
    tags = _Tags()
    tags.feed(html(summarize([outcome], threshold=0.5, models="m"), "T & T", language))
    assert not tags.seen & {"script", "img", "b", "link", "iframe"} - {"b"}
    assert said in tags.text
    assert "<b>Why?</b>" in tags.text
    assert "T & T" in tags.text


def test_the_html_report_is_chinese_where_that_is_wanted() -> None:
    found = Outcome(_question(Kind.ANSWERABLE), _answer("42", confidence=0.9), (True,))
    wrong = Outcome(_question(Kind.UNANSWERABLE), _answer("42"), (False,))
    page = html(summarize([found, wrong], threshold=0.5, models="m"), "set", Language.ZH)
    assert page.startswith('<!doctype html><html lang="zh">')
    evidence = re.compile(
        r'<style>.*?</style>|<div class="evidence.*?</div>.*?</div>|<[^>]*>', re.S
    )
    words = set(re.findall("[A-Za-z]{3,}", evidence.sub(" ", page)))
    assert words <= {"set", "Why", "MRR", "AUC", "nDCG", "token"}
    assert "文档中没有依据，却给出了回答" in page


def test_each_measure_has_a_title_in_both_languages() -> None:
    scores = summarize(
        [Outcome(_question(Kind.ANSWERABLE), _answer("42"), (True,))], threshold=0.5, models="m"
    ).overall
    assert {len(texts.columns) for texts in REPORT_TEXTS.values()} == {len(cells(scores))}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 1 is not valid JSON"),
        ('{"id": "a"}', '"q", the question'),
        ('{"q": "a", "kind": "odd"}', "'odd'; expected one of answerable"),
        ('{"q": "a", "sections": "s"}', "sections must be a list"),
        ('{"q": "a", "facts": [[1]]}', "facts must hold texts"),
    ],
)
def test_a_bad_line_is_named_with_what_is_expected(tmp_path, line: str, reason: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(QuestionError, match=reason.replace('"', '"')):
        read_questions(path)


def test_what_is_not_given_is_guessed(tmp_path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(
        '{"q": "温度是多少？", "facts": ["0.07"]}\n\n'
        '{"q": "And b?", "history": [{"role": "user", "content": "k1?"}]}\n',
        encoding="utf-8",
    )
    first, second = read_questions(path)
    assert (first.language, first.kind, first.facts) == ("zh", Kind.ANSWERABLE, (("0.07",),))
    assert (second.id, second.kind) == ("3", Kind.FOLLOWUP)


def test_a_fact_is_no_part_of_a_number_nor_the_number_of_a_citation() -> None:
    assert measures.missing_facts("秩取 128，升到 3.85。", [["8"], ["128"], ["85"]]) == [
        ["8"],
        ["85"],
    ]
    question = EvaluationQuestion("1", "How many heads?", "en", Kind.ANSWERABLE, facts=(("2",),))
    answer = replace(
        _answer("The model has sixteen heads."), text="The model has sixteen heads.[1][2]"
    )
    assert Outcome(question, answer).fact_share == 0.0


def test_one_passage_in_two_wanted_sections_is_no_more_than_right() -> None:
    assert measures.ndcg_at([1, 1], 5) == 1.0


def test_a_section_is_wanted_in_the_documents_that_are_named() -> None:
    here = EvaluationQuestion(
        "1", "q", "en", Kind.ANSWERABLE, sections=("clip-loss",), documents=("a.md",)
    )
    there = replace(here, documents=("b.md",))
    answer = _answer("CLIP trains with a symmetric contrastive loss.")
    assert Outcome(here, answer).rank == 1
    assert Outcome(there, answer).rank is None
    assert Outcome(there, answer).citations_in_place == [False, False]


def test_two_citations_can_carry_a_sentence_between_them() -> None:
    sentence = "The temperature starts at 0.07 and CLIP trains with a symmetric contrastive loss."
    carried, _ = measures.citation_scores(_answer(sentence))
    assert carried == [True]


def test_a_sentence_in_another_language_is_compared_by_what_knows_both() -> None:
    answer = _answer("CLIP 用对称的对比损失训练。")
    alike = {item.text: 0.9 if "contrastive" in item.text else 0.3 for item in answer.evidence}
    carried, helping = measures.citation_scores(
        answer, lambda _, texts: [alike[text] for text in texts]
    )
    assert (carried, helping) == ([True], [True, False])
    assert measures.citation_scores(answer) == ([False], [False, False])


def test_the_questions_over_manuals_say_what_is_expected() -> None:
    questions = read_questions(Path("bench/data/manual_questions.jsonl"))
    assert len({item.question for item in questions}) == len(questions)
    for item in questions:
        is_answered = item.kind is not Kind.UNANSWERABLE
        assert bool(item.facts) == bool(item.documents) == is_answered, item.id
