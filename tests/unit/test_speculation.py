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
    first = len(speculation.guess(tokens, 40))
    speculation.was_right(first, first)
    longer = len(speculation.guess(tokens, 40))
    speculation.was_right(longer, 0)
    assert first < longer
    assert len(speculation.guess(tokens, 40)) == first
    assert len(speculation.guess(tokens, 2)) == 2
