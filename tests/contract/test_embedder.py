"""What every ``Embedder`` must do, run over each implementation with real weights."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rag.embedding import Embedder, load_embedder
from rag.errors import ModelLoadError, ModelMissingError
from rag.models import DEFAULT_EMBEDDER, find_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=[DEFAULT_EMBEDDER])
def embedder(request, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return load_embedder(find_model(request.param), tmp_path_factory.mktemp("models"))


def test_vectors_have_the_promised_form(embedder: Embedder) -> None:
    for embed in (embedder.embed_queries, embedder.embed_documents):
        vectors = embed(["one", "two words", "三个字"])
        assert vectors.shape == (3, embedder.dimension)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed_documents([]).shape == (0, embedder.dimension)


def test_order_and_company_do_not_matter(embedder: Embedder) -> None:
    texts = ["a cat sat on the mat", "loss", "a much longer text " * 30, "猫", "cat"]
    together = embedder.embed_documents(texts)
    for index, text in enumerate(texts):
        alone = embedder.embed_documents([text])[0]
        assert float(alone @ together[index]) > 0.999


def test_likeness_follows_meaning(embedder: Embedder) -> None:
    question = embedder.embed_queries(["How do I train a dog?"])[0]
    near, far = embedder.embed_documents(["Teaching puppies to obey.", "Inflation rose in May."])
    assert float(question @ near) > float(question @ far) + 0.2


def test_progress_is_told(embedder: Embedder) -> None:
    seen: list[int] = []
    embedder.embed_documents(["text"] * 70, on_batch=seen.append)
    assert seen[-1] == 70
    assert seen == sorted(seen)


def test_counting_tokens_adds_up_and_takes_anything(embedder: Embedder) -> None:
    short, long, odd = embedder.count_tokens(["word", "word " * 500, "\ud800 broken"])
    assert short == 1
    assert long == 500
    assert odd > 0
    assert embedder.count_tokens([]) == []


def test_counting_tokens_does_not_load_torch(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from rag.embedding import load_embedder; from rag.models import *\n"
        f"e = load_embedder(find_model(DEFAULT_EMBEDDER), Path({str(tmp_path)!r}))\n"
        "e.count_tokens(['hello']); e.dimension; e.max_tokens; print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_model_that_is_not_here_or_broken(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="rag models pull bge-m3"):
        load_embedder(find_model("bge-m3"), tmp_path)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_text('{"hidden_size": 8}')
    embedder = load_embedder(find_model(str(broken)), tmp_path)
    with pytest.raises(ModelLoadError, match=r"tokenizer\.json"):
        embedder.count_tokens(["x"])
    with pytest.raises(ModelLoadError, match="broken"):
        embedder.embed_queries(["x"])
