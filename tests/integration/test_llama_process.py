"""llama.cpp loads and generates in a process of its own: a crash there is a failure here."""

import subprocess
import sys

import pytest

from rag.llama import has_amx

pytestmark = pytest.mark.slow

PROGRAM = """
from pathlib import Path
import tempfile
from rag.llm import load_llm
from rag.models import DEFAULT_LLM, find_model
from rag.types import Message, Role
llm = load_llm(find_model(DEFAULT_LLM), Path(tempfile.mkdtemp()), context_tokens=1024)
prompt = llm.encode_chat([Message(Role.USER, "What is the capital of France? " * 20)])
text = "".join(llm.generate(prompt, max_tokens=24))
llm.close()
print(len(text))
"""


def test_generation_does_not_crash() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"ended by signal {-done.returncode}: {done.stderr[-500:]}"
    assert int(done.stdout) > 0


def test_the_build_has_no_amx_where_requirements_were_followed() -> None:
    if sys.platform != "linux":
        pytest.skip("the build options are set for Linux and macOS on x86-64")
    assert not has_amx()
