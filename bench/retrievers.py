"""``python -m bench.retrievers XQUAD``: the embedders and BM25 on questions never trained on.

XQUAD is a folder with `xquad.en.json` and `xquad.zh.json` (google-deepmind/xquad, CC BY-SA 4.0; not
part of this repository). Each of its paragraphs is a document of a real index, and each question
is put to the store's BM25, to its vectors, and to the fused retriever. The measure is recall@1.
With --pool, as many passages of another file (JSON Lines with "lang" and "text") are added; with
--scored N, every Nth question goes through the evidence scorer too, as in an answer.
The golden questions follow, over the handbook in the same and in the other language.
"""

from __future__ import annotations

import argparse
import json
import logging
import lzma
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.embedding import Embedder, load_embedder
from rag.evaluation import Kind, read_questions
from rag.evidence import pick_evidence
from rag.evidence_scoring import LexicalScorer, RerankerScorer
from rag.indexing import index_paths
from rag.model_set import ModelSet
from rag.models import DEFAULT_EMBEDDER, ModelRole, find_model
from rag.reranking import Reranker
from rag.retrieval import Retriever
from rag.segmentation import query_terms
from rag.settings import Settings, go_offline
from rag.store import IndexReader

_LANGUAGES = ("en", "zh")
_LOOKED_AT = 20
_HEAD = "| BM25 | dense | fused | n | with the scorer |"
_LINE = "| --- | --- | --- | --- | --- |"


@dataclass(frozen=True)
class _Reading:
    """The scorer, and that it reads the passages of every ``every``th question; 0 for none."""

    reranker: Reranker
    every: int


@dataclass(frozen=True)
class _Asked:
    question: str
    wanted: frozenset[str]


@dataclass(frozen=True)
class _Recall:
    lexical: float
    dense: float
    fused: float
    read: int
    scored: float

    def cells(self) -> str:
        scored = f"{self.scored:.3f}" if self.read else ""
        return (
            f"{self.lexical:.3f} | {self.dense:.3f} | {self.fused:.3f} | {self.read or ''} | "
            f"{scored} |"
        )


def measure(
    folder: Path,
    embedder: Embedder,
    asked: Sequence[_Asked],
    reading: _Reading,
    *,
    by_anchor: bool,
) -> _Recall:
    """Return recall@1 of each retriever over an index; wanted are document names or anchors."""
    hits = {"lexical": 0, "dense": 0, "fused": 0, "scored": 0}
    vectors = embedder.embed_queries([item.question for item in asked])
    with IndexReader.open(folder) as reader:
        retriever = Retriever(reader, embedder)
        words = LexicalScorer(retriever.weigh)
        scorer = RerankerScorer(
            reading.reranker, words, most=Settings.load().scored_sentences, embedder=embedder
        )
        read = 0
        for number, (item, vector) in enumerate(zip(asked, vectors, strict=True)):
            found = retriever.search(item.question, k=Settings.load().k)
            ranked = {
                "lexical": [
                    id_ for id_, _ in reader.search_lexical(query_terms(item.question), _LOOKED_AT)
                ],
                "dense": [id_ for id_, _ in reader.search_dense(vector, _LOOKED_AT)],
                "fused": [hit.stored.id for hit in found],
            }
            if reading.every and number % reading.every == 0:
                read += 1
                picked = pick_evidence(
                    item.question,
                    found,
                    scorer=scorer,
                    load_document=reader.document,
                    count_tokens=len,
                    max_tokens=1000,
                )
                ranked["scored"] = [hit.stored.id for hit in picked.hits]
            for name, ids in ranked.items():
                for chunk in reader.chunks(ids[:1]):
                    place = chunk.chunk.anchor if by_anchor else chunk.document
                    hits[name] += place in item.wanted
    count = len(asked)
    return _Recall(
        lexical=hits["lexical"] / count,
        dense=hits["dense"] / count,
        fused=hits["fused"] / count,
        read=read,
        scored=hits["scored"] / max(1, read),
    )


def read_xquad(file: Path) -> tuple[list[str], list[tuple[str, int]]]:
    """Return the paragraphs, and each question with its paragraph's number."""
    paragraphs: list[str] = []
    questions: list[tuple[str, int]] = []
    for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            questions += [(item["question"], len(paragraphs)) for item in paragraph["qas"]]
            paragraphs.append(paragraph["context"])
    return paragraphs, questions


def write_passages(folder: Path, passages: Iterable[str]) -> None:
    """Write each passage as a document of its own."""
    folder.mkdir(parents=True)
    for number, text in enumerate(passages):
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")


def read_pool(path: Path, language: str, count: int) -> list[str]:
    """Return passages of a language from a JSON Lines file, xz-compressed or not."""
    opening: Any = lzma.open if path.suffix == ".xz" else open
    found: list[str] = []
    with opening(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            text = row.get("text") or row["context"]
            if row["lang"] == language and len(text) > 80:
                found.append(text)
                if len(found) == count:
                    break
    return found


def xquad(
    folder: Path,
    work: Path,
    embedder: Embedder,
    reading: _Reading,
    pool: Path | None,
    pool_size: int,
) -> None:
    data = {language: read_xquad(folder / f"xquad.{language}.json") for language in _LANGUAGES}
    print(f"\n### XQuAD, {embedder.name}" + (f", with {pool_size} other passages" if pool else ""))
    print(f"\n| questions | paragraphs {_HEAD}\n| --- | --- {_LINE}")
    for passages in _LANGUAGES:
        corpus, index = work / f"{passages}{bool(pool)}", work / f"index-{passages}{bool(pool)}"
        texts = list(data[passages][0])
        if pool:
            texts += read_pool(pool, passages, pool_size)
        write_passages(corpus, texts)
        index_paths([corpus], index, embedder, chunk_tokens=Settings.load().chunk_tokens)
        for questions in _LANGUAGES:
            asked = [_Asked(q, frozenset({f"{n}.txt"})) for q, n in data[questions][1]]
            found = measure(index, embedder, asked, reading, by_anchor=False)
            print(f"| {questions} | {passages} | {found.cells()}", flush=True)


def golden(work: Path, embedder: Embedder, reading: _Reading) -> None:
    questions = [
        item
        for item in read_questions(Path("tests/golden"))
        if item.split == "test" and item.kind is Kind.ANSWERABLE and item.language in _LANGUAGES
    ]
    print(f"\n### Golden questions, split test, right section first, {embedder.name}")
    print(f"\n| questions | handbook | asked {_HEAD}\n| --- | --- | --- {_LINE}")
    for passages in _LANGUAGES:
        index = work / f"handbook-{passages}"
        index_paths(
            [Path("corpus") / passages], index, embedder, chunk_tokens=Settings.load().chunk_tokens
        )
        for language in _LANGUAGES:
            asked = [
                _Asked(item.question, frozenset(item.sections))
                for item in questions
                if item.language == language
            ]
            found = measure(index, embedder, asked, reading, by_anchor=True)
            print(f"| {language} | {passages} | {len(asked)} | {found.cells()}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.retrievers", description=__doc__)
    parser.add_argument("xquad", type=Path)
    parser.add_argument("--embedder", default=DEFAULT_EMBEDDER)
    parser.add_argument("--pool", type=Path)
    parser.add_argument("--pool-size", type=int, default=5000)
    parser.add_argument("--no-golden", action="store_true")
    parser.add_argument("--scored", type=int, default=0, metavar="N", help="score every Nth too")
    options = parser.parse_args()
    go_offline()
    logging.basicConfig(level=logging.ERROR)
    settings = Settings.load()
    embedder = load_embedder(find_model(options.embedder, ModelRole.EMBEDDER), settings.models)
    reranker = ModelSet(settings).reranker
    if reranker is None:
        parser.error("the settings name no scorer")
    reading = _Reading(reranker, options.scored)
    with tempfile.TemporaryDirectory() as folder:
        xquad(options.xquad, Path(folder), embedder, reading, options.pool, options.pool_size)
        if not options.no_golden:
            # The golden questions are few: all of them are read.
            golden(Path(folder), embedder, _Reading(reranker, min(1, options.scored)))


if __name__ == "__main__":
    main()
