"""The recipe of the large models, over a tiny one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from training.learner import in_parts
from training.pretrained import Packed, kept_pieces, make_tokenizer, shrink, write
from training.ragged import Ragged, TextsOnDevice

PIECES = [
    ("<s>", 0.0),
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("▁", -3.0),
    *((letter, -6.0) for letter in "abcdefghijklmnopqrstuvwxyz猫狗在垫子上"),
    ("▁cat", -4.0),
    ("▁mat", -4.0),
    ("垫子", -4.0),
]
WIDTH = 32


def _packed(layers: int = 1) -> Packed:
    generator = np.random.default_rng(0)

    def some(*shape: int) -> np.ndarray:
        return generator.normal(0, 0.2, shape).astype(np.float32)

    tensors = {
        "embeddings.word_embeddings.weight": some(len(PIECES), WIDTH),
        "embeddings.position_embeddings.weight": some(512, WIDTH),
        "embeddings.token_type_embeddings.weight": some(2, WIDTH),
    }
    norms, shapes = ["embeddings.LayerNorm"], {}
    for layer in range(layers):
        own = f"encoder.layer.{layer}."
        norms += [own + "attention.output.LayerNorm", own + "output.LayerNorm"]
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            shapes[f"{own}attention.{name}"] = (WIDTH, WIDTH)
        shapes[own + "intermediate.dense"] = (2 * WIDTH, WIDTH)
        shapes[own + "output.dense"] = (WIDTH, 2 * WIDTH)
    for name, shape in shapes.items():
        tensors |= {f"{name}.weight": some(*shape), f"{name}.bias": some(shape[0])}
    for name in norms:
        tensors |= {f"{name}.weight": 1 + some(WIDTH), f"{name}.bias": some(WIDTH)}
    return Packed(WIDTH, layers, 4, 2 * WIDTH, 512, 1e-12, PIECES, tensors)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return make_tokenizer(PIECES)


TEXTS = ["cat", "a cat  on a mat", "猫在垫子上", "ＣＡＴ mat", "", "q" * 40]


def test_a_batch_holds_what_the_tokenizer_says(tokenizer: Tokenizer) -> None:
    reader = TextsOnDevice(Ragged.of(TEXTS, tokenizer, 190), "cpu")
    prefix = tokenizer.encode("ab", add_special_tokens=False).ids
    rows = np.array([3, 0, 4, 2])
    ids, mask = reader.batch(rows, prefix, 100)
    for row, own, there in zip(rows, ids, mask, strict=True):
        wanted = tokenizer.encode(f"ab {TEXTS[row]}".strip()).ids
        assert own[there.bool()].tolist() == wanted


def test_a_pair_holds_what_the_tokenizer_says(tokenizer: Tokenizer) -> None:
    reader = TextsOnDevice(Ragged.of(TEXTS, tokenizer, 190), "cpu")
    first, second = np.array([0, 2, 4, 5]), np.array([1, 3, 0, 4])
    ids, kinds, mask = reader.pairs(first, second, 160)
    for place, (left, right) in enumerate(zip(first, second, strict=True)):
        wanted = tokenizer.encode(TEXTS[left], TEXTS[right])
        length = int(mask[place].sum())
        assert ids[place, :length].tolist() == wanted.ids
        assert kinds[place, :length].tolist() == wanted.type_ids


@given(st.lists(st.integers(1, 400), min_size=1, max_size=40))
def test_rows_read_in_parts_come_back_in_their_order(lengths: list[int]) -> None:
    parts = []

    def read(part: np.ndarray) -> torch.Tensor:
        parts.append([lengths[place] for place in part])
        return torch.from_numpy(part)

    found = in_parts(np.array(lengths), read, "cpu")
    assert all(len(part) == 1 or len(part) * max(part) <= 3000 for part in parts)
    assert found.tolist() == list(range(len(lengths)))


def test_fewer_pieces_change_no_text_that_does_without_them(tmp_path: Path) -> None:
    from transformers import BertModel

    packed = _packed()
    write(packed, list(range(len(PIECES))), tmp_path / "whole")
    tokens = make_tokenizer(PIECES).encode("cat 猫在垫子上").ids
    kept = [i for i in range(len(PIECES)) if PIECES[i][0] not in ("▁mat", "狗")]
    shrink(tmp_path / "whole", packed, kept, tmp_path / "less")
    vectors = []
    for name in ("whole", "less"):
        own = Tokenizer.from_file(str(tmp_path / name / "tokenizer.json"))
        model = BertModel.from_pretrained(tmp_path / name, add_pooling_layer=False).eval()
        ids = torch.tensor([own.encode("cat 猫在垫子上").ids])
        with torch.inference_mode():
            vectors.append(model(input_ids=ids).last_hidden_state)
    assert vectors[0].shape == (1, len(tokens), WIDTH)
    assert torch.equal(*vectors)


def test_single_characters_are_kept_before_what_is_frequent() -> None:
    from collections import Counter

    packed = _packed(0)
    places = {piece: i for i, (piece, _) in enumerate(PIECES)}
    counts = Counter({places["▁cat"]: 50, places["猫"]: 1, places["▁mat"]: 60})
    kept = kept_pieces(packed, counts, 6)
    assert kept == [0, 1, 2, 3, *sorted((places["猫"], places["▁mat"]))]


@pytest.mark.slow
def test_the_large_scorer_learns_what_answers(tmp_path: Path) -> None:
    from transformers import BertModel

    from training.examples import scorer_examples
    from training.groups import Group
    from training.large_scorer import Examples, loss_of, train
    from training.learner import Learner
    from training.scoring import headed

    packed = _packed(2)
    write(packed, list(range(len(PIECES))), tmp_path / "base")
    groups = [
        Group("cat", ("a cat on a mat", "a dog", "a fox"), 1),
        Group("猫", ("a cat", "狗在垫子上"), 0),
    ]
    np.savez(tmp_path / "scorer.npz", **scorer_examples(groups, make_tokenizer(PIECES)))
    examples = Examples(tmp_path / "scorer.npz", "cpu")
    torch.manual_seed(1)
    body = BertModel.from_pretrained(tmp_path / "base", add_pooling_layer=False)
    learner = Learner(headed(body), rate=2e-3, frozen=("word_embeddings",))
    batch = next(examples.batches(2, 3, seed=1))
    before = loss_of(*examples.logits(learner.reader, batch), batch.answered).item()
    train(learner, examples.batches(2, 3, seed=2), examples, 1, 60)
    after = loss_of(*examples.logits(learner.reader, batch), batch.answered).item()
    assert after < before / 2


def test_both_scorers_learn_by_the_same_loss() -> None:
    from training import scoring
    from training.groups import Group
    from training.large_scorer import loss_of

    torch.manual_seed(2)
    logits = torch.randn(3, 4)
    groups = [Group("q", ("text",) * 4, positives) for positives in (1, 0, 1)]
    wanted = scoring.loss_of(groups, logits.flatten())
    found = loss_of(logits, torch.ones(3, 4, dtype=torch.bool), np.array([True, False, True]))
    assert found.item() == pytest.approx(wanted.item(), rel=1e-4)


def test_a_group_of_fewer_texts_costs_what_those_cost() -> None:
    from training.large_scorer import loss_of

    torch.manual_seed(4)
    logits = torch.randn(2, 3)
    there = torch.ones(2, 3, dtype=torch.bool)
    answered = np.array([True, False])
    wanted = loss_of(logits, there, answered)
    none = torch.full((2, 2), -1e4)
    wider = torch.cat([logits, none], 1), torch.cat([there, none > 0], 1)
    assert loss_of(*wider, answered).item() == pytest.approx(wanted.item(), rel=1e-5)


def test_a_question_apart_from_its_passage_costs_more() -> None:
    from training.large_embedder import contrast

    torch.manual_seed(3)
    unit = torch.nn.functional.normalize(torch.randn(6, 384), dim=-1)
    none = torch.zeros(6, 6, dtype=torch.bool)
    assert contrast(unit, unit, none) < contrast(unit.roll(1, 0), unit, none) / 10
    # What is of the same section is not wrong.
    shared = ~torch.eye(6, dtype=torch.bool)
    assert contrast(unit.roll(1, 0), unit, shared) < 0.01
