"""The command line as other programs call it: JSON, exit codes, one-line errors."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.cli.main import main

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call


def test_ask_prints_the_contract(run, indexed: Path) -> None:
    code, out, _ = run("ask", "CLIP 用什么损失训练？", "--json", "--index", indexed, "--k", 3)
    answer = json.loads(out)
    assert code == 0
    assert {
        "question",
        "answer",
        "abstained",
        "model",
        "citations",
        "passages",
        "timings_ms",
        "tokens",
    } <= set(answer)
    assert set(answer["timings_ms"]) == {"load", "retrieve", "first_token", "total"}
    assert set(answer["tokens"]) == {"prompt", "completion"}
    assert 1 <= len(answer["passages"]) <= 3
    for citation in answer["citations"]:
        _, text, _ = run(
            "sources",
            citation["document"],
            "--start",
            citation["start"],
            "--end",
            citation["end"],
            "--json",
            "--index",
            indexed,
        )
        assert json.loads(text)["text"] == citation["quote"]
        assert isinstance(citation["section"], list)


def test_search_prints_hits_with_scores_by_retriever(run, indexed: Path) -> None:
    code, out, _ = run("search", "LoRA rank", "--json", "--k", 2, "--index", indexed)
    hits = json.loads(out)["hits"]
    assert code == 0
    assert 1 <= len(hits) <= 2
    assert set(hits[0]["scores"]) == {"fused", "relevance", "dense", "lexical"}


def test_nothing_relevant_is_exit_3_with_valid_json(run, indexed: Path) -> None:
    code, out, _ = run("ask", "明天北京会下雨吗？", "--json", "--index", indexed)
    assert code == 3
    assert json.loads(out)["abstained"] is True


def test_answer_file_answers_in_order_and_goes_on_after_an_error(
    run, indexed: Path, tmp_path: Path
) -> None:
    rows = [
        {"id": "a", "q": "LoRA 的秩取多少？"},
        {"id": "b", "q": "  "},
        {"id": 7, "q": "它呢？", "history": [{"role": "user", "content": "CLIP 的损失"}]},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    code, out, _ = run("answer-file", file, "--json", "--index", indexed)
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", "b", "7"]
    assert "error" in answers[1]
    assert code == 1


def test_history_is_read_from_a_file(run, indexed: Path, tmp_path: Path) -> None:
    file = tmp_path / "history.json"
    file.write_text(json.dumps([{"role": "user", "content": "LoRA 的秩怎么选？"}]))
    code, out, _ = run("ask", "它一般取多少？", "--json", "--index", indexed, "--history", file)
    assert code == 0
    assert "8 到 64" in json.loads(out)["answer"]


def test_index_prints_counts_and_reasons(run, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "ok.md").write_text("# 好\n\n一句话。\n", encoding="utf-8")
    (docs / "bad.pdf").write_bytes(b"\x89PNG\r\n\x1a\n")
    code, out, _ = run("index", docs, "--index", tmp_path / "index", "--json")
    report = json.loads(out)
    assert code == 0
    assert {key: report[key] for key in ("added", "failed", "removed")} == {
        "added": 1,
        "failed": 1,
        "removed": 0,
    }
    assert "bad.pdf" in report["failures"][0]["path"]
    for arguments, changed in (((), 0), (("--force",), 1)):
        _, out, _ = run("index", docs, "--index", tmp_path / "index", "--json", *arguments)
        assert json.loads(out)["changed"] == changed


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ask", "", "--index", "{index}"], 2),
        (["ask", "CLIP?", "--index", "{missing}"], 1),
        (["ask", "CLIP?", "--index", "{index}", "--model", "gpt-9"], 2),
        (["ask", "CLIP?", "--index", "{index}", "--model", "qwen3-8b"], 1),
        (["ask", "CLIP?", "--index", "{index}", "--k", "0"], 2),
        (["ask", "CLIP?", "--index", "{index}", "--colour", "red"], 2),
        (["sources", "none.md", "--index", "{index}"], 2),
        (["index", "{missing}", "--index", "{missing}"], 1),
        (["answer-file", "{missing}", "--index", "{index}"], 2),
        (["sing"], 2),
    ],
)
def test_errors_end_in_one_line_and_the_right_code(
    run, indexed: Path, tmp_path: Path, arguments: list[str], code: int
) -> None:
    places = {"index": indexed, "missing": tmp_path / "missing"}
    ended, _, err = run(*(argument.format(**places) for argument in arguments))
    assert ended == code
    assert "Traceback" not in err
    assert err.strip()


def test_a_gguf_that_is_none_is_refused(run, indexed: Path, tmp_path: Path) -> None:
    fake = tmp_path / "fake.gguf"
    fake.write_bytes(b"this is not a model" * 100)
    code, _, err = run("ask", "CLIP 的损失？", "--index", indexed, "--model", fake)
    assert code == 1
    assert "fake.gguf" in err
    assert len(err.strip().splitlines()) == 1


def test_stats_sources_models_and_doctor(run, indexed: Path) -> None:
    code, out, _ = run("stats", "--json", "--index", indexed)
    assert code == 0
    assert json.loads(out)["documents"] == 3
    code, out, _ = run("sources", "--index", indexed)
    assert "zh/contrastive.md" in out
    code, out, _ = run("models", "list", "--json")
    assert code == 0
    assert sum(model["present"] for model in json.loads(out)["models"]) >= 2
    code, out, _ = run("doctor", "--index", indexed, "--json")
    findings = json.loads(out)["findings"]
    assert {"ok", "warning", "failed"} >= {finding["verdict"] for finding in findings}
    assert all(finding["advice"] for finding in findings if finding["verdict"] != "ok")


def test_a_process_answers_without_any_network(indexed: Path) -> None:
    """In a network namespace without interfaces, in a process of its own."""
    probe = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("this machine does not allow network namespaces")
    for question in ("CLIP 用什么损失训练？", "What loss does CLIP train with?"):
        done = subprocess.run(
            [
                *("unshare", "-rn", sys.executable, "-m", "rag", "ask", question),
                *("--json", "--index", str(indexed)),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["citations"]


def test_the_chat_answers_from_a_pipe_and_opens_citations(indexed: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rag", "chat", "--index", str(indexed)],
        input="LoRA 的秩取多少？\n/open 1\n/open 99\n/sources\n/new\n/sing\n/quit\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "8 到 64" in done.stdout
    assert "no citation '99'" in done.stdout
    assert "unknown command /sing" in done.stdout


def test_a_corrupt_index_is_one_line_with_the_remedy(run, tmp_path: Path) -> None:
    (tmp_path / "index.sqlite").write_bytes(b"not a database, though it once was" * 100)
    code, _, err = run("ask", "CLIP 的损失？", "--index", tmp_path)
    assert code == 1
    assert "rag index" in err
    assert len(err.strip().splitlines()) == 1


def test_a_question_longer_than_the_context(run, indexed: Path) -> None:
    code, _, err = run("ask", "为什么" * 20_000, "--index", indexed)
    assert code == 2
    assert "60000 characters" in err


def test_a_collection_is_made_by_indexing_and_asked_by_its_name(run, tmp_path: Path) -> None:
    note = tmp_path / "tea.md"
    note.write_text("# Sencha\n\nSencha is brewed at seventy degrees.\n", encoding="utf-8")
    place = ["--index", tmp_path / "index", "--collection", "tea"]
    code, _, said = run("ask", "How hot is sencha?", *place)
    assert code == 2 and "no collection 'tea'" in said
    code, out, _ = run("index", note, "--json", *place)
    assert code == 0 and json.loads(out)["added"] == 1
    assert (tmp_path / "index" / "collections" / "tea" / "index.sqlite").exists()
    code, out, _ = run("ask", "How hot is sencha brewed?", "--json", *place)
    assert code == 0 and "seventy" in json.loads(out)["answer"]
    code, _, said = run("sources", "--index", tmp_path / "index", "--collection", "../tea")
    assert code == 2 and "cannot be the name" in said


def test_a_terminal_that_cannot_show_a_character_is_no_failure(tmp_path: Path, run) -> None:
    note = tmp_path / "smile.md"
    note.write_text("# A smile 😀\n\nIt is one character.\n", encoding="utf-8")
    run("index", note, "--index", tmp_path / "index")
    for flag in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "rag", "sources", *flag, "--index", tmp_path / "index"],
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": "gbk"},
            cwd=ROOT,
            check=True,
        )
        assert b"smile.md" in done.stdout
    assert "😀" in json.dumps(json.loads(done.stdout), ensure_ascii=False)


def test_a_reader_that_leaves_early_is_no_failure(indexed: Path) -> None:
    command = f"{sys.executable} -m rag sources --json --index {indexed} | true"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_evaluation_that_could_not_be_written_is_not_begun(
    run, indexed: Path, tmp_path: Path
) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"q": "What is CLIP?"}\n{"q": " "}\n', encoding="utf-8")
    code, _, said = run("eval", questions, "--index", indexed, "--json", tmp_path / "no" / "o.json")
    assert code and "there is no folder" in said
    code, _, said = run("eval", questions, "--index", indexed)
    assert code and "question 2 is empty" in said
