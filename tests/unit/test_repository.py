"""The repository keeps its own promises: commands, links and layers that the documents name."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rag.cli.main import rag
from rag.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    blocks = "\n".join(re.findall(r"```\n(.*?)```", text, re.DOTALL))
    assert set(re.findall(r"^make ([a-z-]+)", blocks, re.MULTILINE)) <= set(targets)
    commands = rag.list_commands(None)
    assert set(re.findall(r"python -m rag ([a-z-]+)", blocks)) <= set(commands)


def test_the_tree_in_the_readme_is_there() -> None:
    tree = (ROOT / "README.md").read_text(encoding="utf-8").split("## Where things are")[1]
    for name in re.findall(r"^([a-z.]+/?) {2,}", tree, re.MULTILINE):
        assert (ROOT / name).exists(), name


def test_every_setting_is_explained() -> None:
    assert all(explanation for _, explanation in Settings.explanations().values())


def test_help_imports_nothing_heavy() -> None:
    heavy = ["torch", "sentence_transformers", "faiss", "llama_cpp", "gradio", "transformers"]
    program = (
        "import sys\n"
        "from rag.cli.main import main\n"
        "try:\n    main(['ask', '--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith("[]")


def test_importing_the_engine_is_light() -> None:
    program = (
        "import sys, rag.engine, rag.cli.chat\n"
        "print([n for n in ('torch', 'faiss', 'llama_cpp', 'gradio') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_app_is_short() -> None:
    assert len((ROOT / "app.py").read_text().splitlines()) < 40
