"""The parts of the LLM's recipe that can be checked without training."""

import os
import random
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.citations import in_one_form
from rag.prompts import WORDINGS
from rag.types import Language, Role
from training.finetuning import batches, reply_loss
from training.gguf_export import gguf_name, interleaved, on_grid
from training.grounding import Example, Row, Strangers, examples_of, tokenize
from training.sources import Question, Section

CONTEXT = (
    "Adapters add small matrices to frozen weights. "
    "The rank sets how many parameters are trained. "
    "A rank of 8 is a common start. "
    "Merged adapters cost nothing at inference."
)
ANSWER = "A rank of 8 is a common start."
START = CONTEXT.index(ANSWER)
ASKED = Question(
    "en", "which rank to begin with", CONTEXT, ("Adapters",), ((START, START + len(ANSWER)),)
)
OTHERS = [
    Section(str(n), "en", ("Elsewhere",), f"The rank of matrix {n} is {n} by construction.", "x")
    for n in range(5)
]


ANOTHER = Question("en", "what sets the number of parameters", CONTEXT, ("Adapters",), ((48, 90),))
MISSED = Question("en", "who proposed adapters", CONTEXT, ("Adapters",), ())


def made(*questions: Question) -> list[list[Example]]:
    generator = random.Random(1)
    strangers = Strangers(OTHERS, generator)
    return [
        together for _ in range(60) for together in examples_of(questions, strangers, generator)
    ]


def of_kind(kind: str, *questions: Question) -> list[Example]:
    return [item for together in made(*questions) for item in together if item.kind == kind]


def test_an_answer_begins_with_the_answering_sentence_and_its_number() -> None:
    examples = of_kind("answer", ASKED)
    assert examples
    for example in examples:
        number = re.match(re.escape(ANSWER) + r" \[(\d)\]", example.reply)
        assert number
        assert f"[{number[1]}] {ANSWER}" in example.messages[-1].content


def test_what_else_an_answer_says_leads_and_is_of_the_same_section() -> None:
    said = 0
    for example in of_kind("answer", ASKED):
        leading = re.search("first: (.*)", example.messages[-1].content)
        assert leading
        for number in re.findall(r"\[\d\]", example.reply)[1:]:
            said += 1
            assert number in leading[1]
        assert "by construction" not in example.reply
    assert said


def test_a_choice_is_the_number_of_the_answering_sentence() -> None:
    examples = of_kind("choose", ASKED)
    assert examples
    for example in examples:
        assert f"[{example.reply}] {ANSWER}" in example.messages[-1].content


def test_the_answers_place_tells_nothing() -> None:
    """Its section's sentences stand in reading order, and here it is the third of four."""
    before, after = "Adapters add small matrices", "Merged adapters"
    seen = set()
    for (example,) in made(ASKED):
        prompt = example.messages[-1].content
        places = [prompt.find(text) for text in (before, ANSWER, after)]
        assert sorted(place for place in places if place >= 0) == [p for p in places if p >= 0]
        seen.add((places[0] >= 0, places[2] >= 0))
    assert {first for first, _ in seen} == {last for _, last in seen} == {True, False}


def test_what_does_not_answer_is_declined_in_the_words_of_the_program() -> None:
    examples = of_kind("decline", MISSED)
    assert examples
    for example in examples:
        assert example.reply == WORDINGS[Language.EN].abstained
        assert [message.role for message in example.messages] == [Role.SYSTEM, Role.USER]
        assert not in_one_form(example.reply, [])[0].count("[")


def test_questions_over_one_section_share_their_evidence() -> None:
    for together in made(ASKED, ANOTHER, MISSED):
        evidence = {item.messages[-1].content.split("evidence>>>")[0] for item in together}
        assert len(evidence) == 1
        kinds = {item.kind for item in together}
        assert kinds in ({"choose"}, {"answer", "decline"})


def test_a_question_in_another_language_than_its_section_is_left_out() -> None:
    chinese = Question("zh", "秩一般从多少开始？", CONTEXT, ("Adapters",), ASKED.answers)
    assert made(chinese) == []


def test_rows_hold_the_very_prompts_and_replies() -> None:
    for together in made(ASKED, ANOTHER):
        row = tokenize(together, lambda said: [*said[-1].content.encode()], str.encode, 0, 9999)
        assert row
        assert row.shared
        for example, (own, reply) in zip(together, row.branches, strict=True):
            assert bytes((*row.shared, *own)).decode() == example.messages[-1].content
            assert bytes(reply[:-1]).decode() == example.reply
            assert own


def test_a_branch_is_computed_as_if_it_were_alone() -> None:
    """The loss of a row is the sum of what a plain pass over each example gives."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(1)
    config = transformers.LlamaConfig(
        vocab_size=40,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        # Larger than usual: place and neighbours must matter to what is predicted.
        initializer_range=0.3,
    )
    model = transformers.LlamaForCausalLM(config)
    shared = tuple(range(1, 9))
    branches = (((9, 10, 11), (12, 13)), ((14,), (15, 16, 17)))
    alone = 0.0
    for own, reply in branches:
        ids = torch.tensor([[*shared, *own, *reply]])
        likely = model(input_ids=ids).logits[0, -len(reply) - 1 : -1].log_softmax(-1)
        alone -= sum(likely[place, token].item() for place, token in enumerate(reply))
    assert reply_loss(model, Row(shared, branches), "cpu").item() == pytest.approx(alone, rel=0.01)


def test_what_strangers_say_does_not_hang_on_the_order_of_a_set() -> None:
    """Sets of words are in another order in each process."""
    code = (
        "import random; from tests.unit.test_training_llm import ASKED, OTHERS;"
        "from training.grounding import Strangers, examples_of;"
        "g = random.Random(1);"
        "print([e.messages for t in examples_of([ASKED] * 9, Strangers(OTHERS, g), g) for e in t])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert len(said) == 1


@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 4))
def test_interleaving_undoes_what_transformers_does(heads: int, half: int, columns: int) -> None:
    stored = np.arange(heads * 2 * half * columns, dtype=np.float32).reshape(-1, columns)
    pairs = stored.reshape(heads, half, 2, columns)
    apart = pairs.swapaxes(1, 2).reshape(stored.shape)
    assert np.array_equal(interleaved(apart, heads), stored)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("model.embed_tokens.weight", "token_embd.weight"),
        ("model.layers.12.self_attn.o_proj.weight", "blk.12.attn_output.weight"),
        ("lm_head.weight", None),
    ],
)
def test_weights_are_called_what_llama_cpp_calls_them(name: str, expected: str | None) -> None:
    assert gguf_name(name) == expected


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 9)), min_size=1, max_size=60))
def test_batches_hold_every_row_once_a_round(sizes: list[tuple[int, int]]) -> None:
    rows = [
        Row((number,) * shared, (((0,), (0,) * reply),))
        for number, (shared, reply) in enumerate(sizes)
    ]
    stream = batches(rows, batch_tokens=64, seed=1)
    seen: list[int] = []
    while len(seen) < len(rows):
        batch = next(stream)
        assert len(batch) == 1 or sum(row.tokens for row in batch) <= 64
        seen += [row.shared[0] for row in batch]
    assert sorted(seen) == list(range(len(rows)))


def blocks_of(rows: int, per_row: int, seed: int) -> np.ndarray:
    """Return Q4_1 blocks of random weights."""
    generator = np.random.default_rng(seed)
    scales = generator.uniform(0.01, 0.1, (rows, per_row, 2)).astype(np.float16)
    scales[..., 1] *= -7
    quants = generator.integers(0, 256, (rows, per_row, 16), dtype=np.uint8)
    return np.concatenate([scales.view(np.uint8), quants], axis=-1).reshape(rows, -1)


def weights_of(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what Q4_1 blocks stand for, and the step of each weight's block."""
    grid = blocks.reshape(len(blocks), -1, 20)
    scales = grid[..., :4].copy().view(np.float16).astype(np.float32)
    quants = np.concatenate([grid[..., 4:] & 15, grid[..., 4:] >> 4], axis=-1)
    weights = scales[..., :1] * quants + scales[..., 1:]
    steps = np.broadcast_to(scales[..., :1], weights.shape)
    return weights.reshape(len(blocks), -1), steps.reshape(len(blocks), -1)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
def test_weights_that_were_not_moved_stay_the_same_bytes(
    rows: int, per_row: int, seed: int
) -> None:
    blocks = blocks_of(rows, per_row, seed)
    again = on_grid(blocks, weights_of(blocks)[0], np.random.default_rng(seed))
    assert np.array_equal(again, blocks)


def test_a_small_move_survives_on_average() -> None:
    """Rounding to the nearest would lose it: it is a tenth of a step."""
    blocks = blocks_of(64, 8, 5)
    weights, step = weights_of(blocks)
    moved = weights + 0.1 * step
    rounded = weights_of(on_grid(blocks, moved, np.random.default_rng(5)))[0]
    inside = moved <= weights.reshape(64, 8, 32).max(-1, keepdims=True).repeat(32, -1).reshape(
        64, -1
    )
    change = ((rounded - weights) / step)[inside]
    assert set(np.round(change).astype(int)) == {0, 1}
    assert change.mean() == pytest.approx(0.1, abs=0.02)
