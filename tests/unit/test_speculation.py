from hypothesis import given
from hypothesis import strategies as st

from rag.speculation import Speculation, continuation


@given(st.lists(st.integers(0, 2), max_size=40), st.integers(0, 6))
def test_a_guess_is_what_followed_the_same_three_tokens(tokens: list[int], most: int) -> None:
    guess = continuation(tokens, most)
    ending = tokens[-3:]
    before = [at for at in range(len(tokens) - 3) if tokens[at : at + 3] == ending]
    if len(ending) < 3 or not before or most == 0:
        assert guess == []
    else:
        assert guess == tokens[before[-1] + 3 :][:most]


def test_guesses_grow_while_they_prove_right_and_shrink_when_they_do_not() -> None:
    tokens = [*range(50), 0, 1, 2]
    speculation = Speculation()
    lengths = []
    for _ in range(5):
        lengths.append(len(speculation.guess(tokens, 40)))
        speculation.learn(guessed=lengths[-1], right=lengths[-1])
    assert lengths[0] < lengths[1] < lengths[2]
    assert lengths[-1] == lengths[-2] < 40
    speculation.learn(guessed=lengths[-1], right=5)
    assert len(speculation.guess(tokens, 40)) == 5
    speculation.learn(guessed=5, right=0)
    assert len(speculation.guess(tokens, 40)) == lengths[0]
    assert len(speculation.guess(tokens, 2)) == 2
