"""Answers, hits and reports as JSON objects: the contract that other programs rely on."""

from __future__ import annotations

from typing import Any

from rag.types import Answer, Citation, Hit, IndexReport, IndexStats

Json = dict[str, Any]


def answer_to_json(answer: Answer) -> Json:
    """Return the object that ``rag ask --json`` prints; see docs/json.md."""
    return {
        "question": answer.question,
        "answer": answer.text,
        "abstained": answer.abstained,
        "confidence": round(answer.confidence, 4),
        "model": answer.model,
        "mode": answer.mode,
        "chosen_by": answer.chosen_by,
        "citations": [citation_to_json(citation) for citation in answer.citations],
        "sentences": [
            {
                "text": sentence.text,
                "support": sentence.support.value,
                "citations": list(sentence.markers),
            }
            for sentence in answer.sentences
        ],
        "dropped_markers": answer.dropped_markers,
        "passages": [hit_to_json(hit) for hit in answer.hits],
        "timings_ms": {
            "load": answer.timings.load,
            "retrieve": answer.timings.retrieve,
            "first_token": answer.timings.first_token,
            "total": answer.timings.total,
        },
        "tokens": {"prompt": answer.tokens.prompt, "completion": answer.tokens.completion},
    }


def citation_to_json(citation: Citation) -> Json:
    """Return one citation; ``quote`` is the document's stored text at ``[start, end)``."""
    return {
        "n": citation.n,
        "document": citation.document,
        "section": list(citation.section),
        "anchor": citation.anchor,
        "page": citation.page,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "score": citation.score,
    }


def hit_to_json(hit: Hit) -> Json:
    """Return one retrieved passage with its scores by retriever (null: not found by it)."""
    chunk = hit.stored.chunk
    scores = hit.scores
    return {
        "document": hit.stored.document,
        "section": list(chunk.heading_path),
        "anchor": chunk.anchor,
        "page": chunk.page,
        "start": chunk.span.start,
        "end": chunk.span.end,
        "text": chunk.text,
        "language": chunk.language.value,
        "score": round(scores.fused, 4),
        "scores": {
            "fused": round(scores.fused, 4),
            "relevance": round(scores.relevance, 4),
            "dense": None if scores.dense is None else round(scores.dense, 4),
            "lexical": None if scores.lexical is None else round(scores.lexical, 4),
        },
        "duplicates": hit.duplicates,
    }


def report_to_json(report: IndexReport) -> Json:
    """Return what an indexing run did, with a reason per failed file."""
    return {
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "failed": len(report.failures),
        "chunks": report.chunks,
        "failures": [{"path": item.path, "reason": item.reason} for item in report.failures],
    }


def stats_to_json(stats: IndexStats) -> Json:
    """Return the state of an index."""
    return {
        "documents": stats.documents,
        "chunks": stats.chunks,
        "characters": stats.characters,
        "languages": dict(stats.languages),
        "embedder": stats.embedder,
        "dimension": stats.dimension,
        "vector_index": stats.vector_index,
        "bytes_on_disk": stats.bytes_on_disk,
    }
