"""What several embedders say together, put into vectors and learnt by one."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.blending import Texts, batches_of, blend, learn, without_language
from training.encoder import Encoder

EMBEDDER = Path(__file__).parents[2] / "models" / "embedder"


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _first(vectors: np.ndarray, mates: np.ndarray) -> float:
    """Return the share of what finds its mate first."""
    nearest = (vectors[mates[:, 0]] @ vectors[mates[:, 1]].T).argmax(1)
    return float((nearest == np.arange(len(mates))).mean())


def test_the_blend_finds_what_each_embedder_alone_confuses() -> None:
    generator = np.random.default_rng(4)
    subjects, details = (generator.normal(size=(400, 24)).repeat(2, 0) for _ in range(2))
    # One sees of a text what it is about, in eight kinds only, the other its details.
    coarse = subjects[(np.arange(800) // 2 % 8) * 2]
    noise = generator.normal(0, 0.5, (2, 800, 24))
    own, other = _unit(coarse + noise[0]), _unit(details + 0.8 * noise[1])
    mates = np.arange(800).reshape(400, 2)
    fitted, kept = mates[:300], mates[300:]
    blended = blend(own, [other], fitted, steps=60, at_once=128)
    assert np.allclose(np.linalg.norm(blended, axis=1), 1, atol=1e-5)
    assert _first(blended, kept) > 2 * _first(own, kept)


def test_a_text_no_longer_lies_to_one_side_of_its_translation() -> None:
    generator = np.random.default_rng(6)
    meaning, side = generator.normal(size=(300, 24)), generator.normal(size=24)
    vectors = _unit(np.concatenate([meaning + 3 * side, meaning - 3 * side]))
    pairs = np.arange(600).reshape(2, 300).T
    mixed = np.stack([pairs[:, 0], np.roll(pairs[:, 0], 1)], 1)
    near, far = (vectors[mixed].prod(1).sum(1), vectors[pairs].prod(1).sum(1))
    assert (near > far).all(), "texts of one language are nearer than translations"
    plain = without_language(vectors, pairs)
    near, far = (plain[mixed].prod(1).sum(1), plain[pairs].prod(1).sum(1))
    assert (near < far).all()


@given(st.lists(st.integers(1, 160), min_size=1, max_size=300), st.integers(0, 99))
def test_a_batch_keeps_to_its_tokens_and_holds_a_text_once(lengths: list[int], seed: int) -> None:
    batches = batches_of(np.array(lengths), np.zeros(len(lengths)), np.random.default_rng(seed))
    seen: list[int] = []
    while len(seen) < int(0.9 * len(lengths)):
        batch = next(batches)
        seen += batch.tolist()
        # Lengths are sorted with a little chance, so that the longest may stand before the last.
        assert len(batch) * (max(lengths[row] for row in batch) - 6) <= 5200
    assert len(set(seen)) == len(seen)


def test_an_embedder_comes_nearer_to_what_it_is_to_say(tmp_path: Path) -> None:
    texts = ["猫坐在垫子上。", "The stock market fell.", "股市下跌了。", "A cat sat on a mat."]
    encoder = Encoder.load(EMBEDDER)
    before = encoder.embed(texts)
    targets = _unit(before + before[[3, 2, 1, 0]])
    learn(encoder, Texts(texts, 0, np.array([[0, 3], [1, 2]]), 0), targets, tmp_path, steps=4)
    after = Encoder.load(tmp_path).embed(texts)
    assert ((after * targets).sum(1) > (before * targets).sum(1)).all()
