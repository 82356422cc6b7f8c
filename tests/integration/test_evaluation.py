"""`rag eval` over a small library with the embedded models."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rag.cli.main import rag

pytestmark = pytest.mark.slow


def test_draft_questions_then_score_them(indexed: Path, tmp_path: Path) -> None:
    questions, scores, page = (tmp_path / name for name in ("q.jsonl", "s.json", "r.html"))
    drafted = CliRunner().invoke(
        rag, ["eval", str(questions), "--make-questions", "6", "--index", str(indexed)]
    )
    assert drafted.exit_code == 0, drafted.output
    rows = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    assert 1 <= len(rows) <= 6
    assert all(row["documents"] and row["q"] for row in rows)
    assert any(row["sections"] for row in rows)

    files = f"--json {scores} --html {page} --html-language zh"
    scored = CliRunner().invoke(rag, f"eval {questions} --index {indexed} {files}".split())
    assert scored.exit_code == 0, scored.output
    assert "| all | |" in scored.output
    result = json.loads(scores.read_text(encoding="utf-8"))
    assert result["overall"]["count"] == len(rows)
    assert result["overall"]["verbatim"] in (None, 1.0)
    assert page.read_text(encoding="utf-8").startswith('<!doctype html><html lang="zh">')


def test_a_drafted_file_is_never_overwritten(indexed: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text("{}")
    result = CliRunner().invoke(
        rag, ["eval", str(path), "--make-questions", "2", "--index", str(indexed)]
    )
    assert result.exit_code != 0
    assert path.read_text() == "{}"
