"""What every ChunkStore does, whichever way it searches vectors."""

import math
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import IndexUnusableError
from rag.store import (
    ChunkStore,
    EmbedderIdentity,
    IndexedChunk,
    IndexReader,
    IndexWriter,
    SearchFilter,
)
from rag.types import Document, Language
from tests.unit.store.building import (
    DIMENSION,
    EMBEDDER,
    any_chunks,
    any_documents,
    chunks_of,
    document_of,
    unit_vectors,
)

Contents = list[tuple[Document, list[IndexedChunk]]]
MakeStore = Callable[[Contents], ChunkStore]
KINDS = {"flat": 1_000_000, "hnsw": 1}


@contextmanager
def stored(
    contents: Contents, kind: str, embedder: EmbedderIdentity = EMBEDDER
) -> Iterator[IndexReader]:
    with tempfile.TemporaryDirectory() as folder:
        with IndexWriter.open(Path(folder), embedder, approximate_from=KINDS[kind]) as writer:
            for document, chunks in contents:
                writer.put(document, chunks)
        with IndexReader.open(Path(folder)) as reader:
            yield reader


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make_store(kind: str) -> Iterator[MakeStore]:
    with ExitStack() as stack:
        yield lambda contents: stack.enter_context(stored(contents, kind))


def passages_store(make_store: MakeStore, passages: list[str]) -> tuple[ChunkStore, list[int]]:
    document = document_of("a.md", passages)
    store = make_store([(document, chunks_of(document, passages))])
    return store, [item.id for item in store.chunks_of("a.md")]


# Every document's text leads back to the file's characters, so nothing may be lost on the way.
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_documents_and_chunks_come_back_equal(kind: str, data: st.DataObject) -> None:
    drawn = st.lists(any_documents(), max_size=3, unique_by=lambda item: item.name)
    contents = [(item, data.draw(any_chunks(item))) for item in data.draw(drawn)]
    with stored(contents, kind) as store:
        assert store.chunk_count() == sum(len(chunks) for _, chunks in contents)
        for document, chunks in contents:
            assert store.document(document.name) == document
            found = store.chunks_of(document.name)
            assert [item.chunk for item in found] == [item.chunk for item in chunks]
            assert {item.document for item in found} <= {document.name}
            ids = [item.id for item in found]
            assert store.chunks(ids) == found
            expected = np.array([item.vector for item in chunks]).reshape(-1, DIMENSION)
            assert np.array_equal(store.vectors(ids), expected)


def test_summaries_tell_what_is_stored(make_store: MakeStore) -> None:
    second = document_of("b.md", ["one", "two"], language=Language.ZH)
    first = document_of("a.md", ["three"])
    store = make_store(
        [(second, chunks_of(second, ["one", "two"])), (first, chunks_of(first, ["three"]))]
    )
    summaries = store.documents()
    assert [item.name for item in summaries] == ["a.md", "b.md"]
    summary = summaries[1]
    assert (summary.path, summary.title, summary.language) == (second.path, "b.md", Language.ZH)
    assert (summary.media_type, summary.content_hash) == (second.media_type, second.content_hash)
    assert (summary.characters, summary.chunks, summary.sections) == (len(second.text), 2, 1)
    assert summary.indexed_at.endswith("+00:00")


def test_stats_count_documents_chunks_and_languages(make_store: MakeStore, kind: str) -> None:
    contents = []
    for name, language in (("a", Language.ZH), ("b", Language.EN), ("c", Language.EN)):
        document = document_of(name, ["one", "two"], language=language)
        contents.append((document, chunks_of(document, ["one", "two"])))
    stats = make_store(contents).stats()
    assert (stats.documents, stats.chunks, stats.characters) == (3, 6, 3 * len("one\n\ntwo"))
    assert stats.languages == {"en": 2, "zh": 1}
    assert (stats.embedder, stats.dimension) == ("test-embedder", DIMENSION)
    expected = {"flat": "Flat (exact)", "hnsw": "HNSW32 (approximate)"}
    assert stats.vector_index == expected[kind]
    assert stats.bytes_on_disk > 4 * DIMENSION * 6


def test_an_empty_store_finds_nothing(make_store: MakeStore) -> None:
    store = make_store([])
    assert store.search_dense(unit_vectors(1)[0], 5) == []
    assert store.search_lexical(["a"], 5) == []
    assert store.document_frequencies(["a"]) == {"a": 0}
    assert (store.chunk_count(), store.documents(), store.chunks([1])) == (0, [], [])
    assert store.vectors([]).shape == (0, DIMENSION)
    assert store.stats().languages == {}


def test_chunks_come_in_the_order_asked_without_the_unknown(make_store: MakeStore) -> None:
    store, ids = passages_store(make_store, ["one", "two", "three"])
    asked = [ids[2], 999, ids[0], ids[2]]
    assert [item.chunk.text for item in store.chunks(asked)] == ["three", "one", "three"]
    rows = store.vectors(asked)
    assert np.array_equal(rows[[0, 2, 3]], unit_vectors(3)[[2, 0, 2]])
    assert not rows[1].any()


def test_an_unknown_document_is_an_error_that_names_it(make_store: MakeStore) -> None:
    store = make_store([])
    with pytest.raises(IndexUnusableError, match=r"absent\.md"):
        store.document("absent.md")
    assert store.chunks_of("absent.md") == []


def test_dense_search_equals_brute_force_when_flat() -> None:
    count, dimension = 500, 32
    passages = [f"p{number}" for number in range(count)]
    matrix = unit_vectors(count, dimension=dimension)
    document = document_of("a.md", passages)
    contents = [(document, chunks_of(document, passages, matrix))]
    with stored(contents, "flat", EmbedderIdentity("wide", dimension)) as store:
        ids = np.array([item.id for item in store.chunks_of("a.md")])
        for query in unit_vectors(20, dimension=dimension, seed=1):
            cosines = matrix @ query
            best = np.argsort(-cosines)[:10]
            found = store.search_dense(query, 10)
            assert [number for number, _ in found] == ids[best].tolist()
            assert [score for _, score in found] == pytest.approx(cosines[best], abs=1e-6)


def test_hnsw_finds_nearly_all_that_brute_force_finds() -> None:
    count, dimension = 3000, 48
    passages = [f"p{number}" for number in range(count)]
    matrix = unit_vectors(count, dimension=dimension)
    document = document_of("a.md", passages)
    contents = [(document, chunks_of(document, passages, matrix))]
    with stored(contents, "hnsw", EmbedderIdentity("wide", dimension)) as store:
        ids = np.array([item.id for item in store.chunks_of("a.md")])
        queries = unit_vectors(50, dimension=dimension, seed=1)
        hits = 0
        for query in queries:
            best = set(ids[np.argsort(-(matrix @ query))[:10]].tolist())
            hits += len(best & {number for number, _ in store.search_dense(query, 10)})
        assert hits / (10 * len(queries)) >= 0.95


def test_dense_search_returns_no_more_than_there_is_and_scores_within_bounds(
    make_store: MakeStore,
) -> None:
    store, ids = passages_store(make_store, ["one", "two", "three"])
    vector = unit_vectors(3)[1]
    found = store.search_dense(vector, 50)
    assert sorted(number for number, _ in found) == ids
    assert found[0] == (ids[1], pytest.approx(1.0))
    assert all(-1 <= score <= 1 for _, score in found)
    assert store.search_dense(vector, 0) == []


def test_dense_search_with_another_dimension_is_an_error_that_states_both(
    make_store: MakeStore,
) -> None:
    store, _ = passages_store(make_store, ["one"])
    with pytest.raises(IndexUnusableError, match=r"\(5,\).*\(8,\)"):
        store.search_dense(np.ones(5, dtype=np.float32), 3)


FILTERS = {
    "nothing": (SearchFilter(), {"notes/a", "notes/deep/b", "notes-old/c", "d"}),
    "one document": (SearchFilter(documents=frozenset({"d"})), {"d"}),
    "documents": (SearchFilter(documents=frozenset({"d", "notes/a", "no"})), {"d", "notes/a"}),
    "unknown document": (SearchFilter(documents=frozenset({"no"})), set()),
    "folder": (SearchFilter(folder="notes"), {"notes/a", "notes/deep/b"}),
    "folder with a slash": (SearchFilter(folder="./notes/deep/"), {"notes/deep/b"}),
    "the whole folder": (SearchFilter(folder="."), {"notes/a", "notes/deep/b", "notes-old/c", "d"}),
    "language": (SearchFilter(language=Language.ZH), {"notes/a", "d"}),
    "folder and language": (SearchFilter(folder="notes", language=Language.ZH), {"notes/a"}),
    "all three": (
        SearchFilter(
            documents=frozenset({"d", "notes/deep/b"}), folder="notes", language=Language.EN
        ),
        {"notes/deep/b"},
    ),
}


@pytest.mark.parametrize("case", FILTERS)
def test_filters_keep_exactly_what_they_say(make_store: MakeStore, case: str) -> None:
    where, expected = FILTERS[case]
    contents = []
    for number, (name, language) in enumerate(
        {
            "notes/a": Language.ZH,
            "notes/deep/b": Language.EN,
            "notes-old/c": Language.OTHER,
            "d": Language.ZH,
        }.items()
    ):
        passages = [f"word {name}", "word again"]
        # The document's own language must not matter: the chunk's does.
        document = document_of(name, passages, language=Language.OTHER)
        vectors = unit_vectors(2, seed=number)
        contents.append((document, chunks_of(document, passages, vectors, language=language)))
    store = make_store(contents)
    dense = store.search_dense(unit_vectors(1, seed=9)[0], 50, where)
    lexical = store.search_lexical(["word"], 50, where)
    for found in (dense, lexical):
        names = Counter(item.document for item in store.chunks([number for number, _ in found]))
        assert names == dict.fromkeys(expected, 2)
        assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)


def test_a_filtered_dense_search_is_exact(make_store: MakeStore) -> None:
    contents = []
    for number in range(40):
        document = document_of(f"d{number}", ["a", "b"])
        vectors = unit_vectors(2, seed=number)
        contents.append((document, chunks_of(document, ["a", "b"], vectors)))
    store = make_store(contents)
    query = unit_vectors(1, seed=99)[0]
    where = SearchFilter(documents=frozenset({"d3", "d7", "d31"}))
    ids = [item.id for name in sorted(where.documents) for item in store.chunks_of(name)]
    cosines = dict(zip(ids, (store.vectors(ids) @ query).tolist(), strict=True))
    expected = sorted(cosines, key=lambda number: -cosines[number])[:4]
    found = store.search_dense(query, 4, where)
    assert [number for number, _ in found] == expected
    assert [score for _, score in found] == pytest.approx([cosines[i] for i in expected], abs=1e-6)


def bm25(passages: list[list[str]], terms: set[str]) -> list[float]:
    """BM25 as FTS5 defines it: https://www.sqlite.org/fts5.html, section 5.1.1."""
    total = len(passages)
    mean_length = sum(map(len, passages)) / total
    scores = [0.0] * total
    for term in terms:
        holding = sum(term in words for words in passages)
        weight = max(1e-6, math.log((total - holding + 0.5) / (holding + 0.5)) if holding else 0)
        for number, words in enumerate(passages):
            frequency = words.count(term)
            length = 1 - 0.75 + 0.75 * len(words) / mean_length
            scores[number] += weight * frequency * 2.2 / (frequency + 1.2 * length)
    return scores


TERMS = [f"t{number}" for number in range(8)]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    passages=st.lists(
        st.lists(st.sampled_from(TERMS), min_size=1, max_size=8), min_size=1, max_size=12
    ),
    terms=st.sets(st.sampled_from(TERMS), min_size=1, max_size=4),
    k=st.integers(1, 15),
)
def test_lexical_search_is_bm25(passages: list[list[str]], terms: set[str], k: int) -> None:
    texts = [" ".join(words) for words in passages]
    document = document_of("a.md", texts)
    with stored([(document, chunks_of(document, texts))], "flat") as store:
        ids = [item.id for item in store.chunks_of("a.md")]
        expected = bm25(passages, terms)
        by_id = dict(zip(ids, expected, strict=True))
        found = store.search_lexical(sorted(terms), k)
        matching = [score for score in expected if score > 0]
        assert len(found) == min(k, len(matching))
        # Terms in half of the chunks or more may be left out; they weigh next to nothing.
        assert [score for _, score in found] == pytest.approx(
            [by_id[number] for number, _ in found], abs=1e-4
        )
        assert [score for _, score in found] == pytest.approx(
            sorted(matching, reverse=True)[:k], abs=1e-4
        )
        assert all(score > 0 for _, score in found)
        assert store.document_frequencies(TERMS) == {
            term: sum(term in words for words in passages) for term in TERMS
        }


def test_a_heading_weighs_more_than_the_body(make_store: MakeStore) -> None:
    passages = ["alpha words", "other words", "more words", "yet words", "last words"]
    document = document_of("a.md", passages)
    chunks = chunks_of(document, passages)
    chunks[1] = IndexedChunk(
        chunk=chunks[1].chunk,
        vector=chunks[1].vector,
        lexical_heading="alpha",
        lexical_body="words",
    )
    store = make_store([(document, chunks)])
    found = store.search_lexical(["alpha"], 5)
    assert [item.chunk.text for item in store.chunks([number for number, _ in found])] == [
        "other words",
        "alpha words",
    ]


def test_terms_match_by_stem_without_accents_and_in_chinese(make_store: MakeStore) -> None:
    store, ids = passages_store(make_store, ["the trained models", "对比 学习 损失", "café", "x"])
    for term, position in (("training", 0), ("MODEL", 0), ("学习", 1), ("cafe", 2)):
        assert [number for number, _ in store.search_lexical([term], 5)] == [ids[position]]
        assert store.document_frequencies([term]) == {term: 1}
    assert store.search_lexical(["学"], 5) == []


NASTY = [
    '"',
    '""',
    'a"b',
    "AND",
    "OR",
    "NOT",
    "NEAR(a b)",
    "*",
    "a*",
    "^a",
    "body:a",
    "(",
    "-",
    "",
    "  ",
    "...",
    "\0",
    "a\0b",
    "\ud800",
    "😀",
    "'; DROP TABLE chunks; --",
]


def test_nothing_in_a_term_is_an_operator(make_store: MakeStore) -> None:
    store, ids = passages_store(make_store, ["plain words", "other text"])
    for term in NASTY:
        assert store.search_lexical([term], 5) == []
        assert store.document_frequencies([term]) == {term: 0}
    assert [number for number, _ in store.search_lexical([*NASTY, "plain"], 5)] == ids[:1]
    assert store.search_lexical([], 5) == []
    assert store.search_lexical(["plain"], 0) == []


def test_operator_words_are_found_as_words(make_store: MakeStore) -> None:
    store, ids = passages_store(make_store, ["this and that", "or not", "neither"])
    assert [number for number, _ in store.search_lexical(["AND"], 5)] == ids[:1]
    assert [number for number, _ in store.search_lexical(["NOT"], 5)] == ids[1:2]


@settings(max_examples=60, deadline=None)
@given(terms=st.lists(st.text(max_size=12), max_size=6))
def test_no_term_makes_a_search_fail(terms: list[str]) -> None:
    passages = ["a b c", "0 1 2", "学 习"]
    document = document_of("a.md", passages)
    with stored([(document, chunks_of(document, passages))], "flat") as store:
        for number, score in store.search_lexical(terms, 3):
            assert store.chunks([number])
            assert score > 0
        assert set(store.document_frequencies(terms)) == set(terms)


def test_a_thousand_terms_are_one_search(make_store: MakeStore) -> None:
    passages = [f"t{number}" for number in range(1000)]
    store, ids = passages_store(make_store, passages)
    assert [number for number, _ in store.search_lexical(passages, 2000)] == ids
