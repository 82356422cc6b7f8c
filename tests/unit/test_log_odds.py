"""Logits and probabilities are each other's inverse."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rag.log_odds import logits, probabilities


@given(arrays(np.float32, 5, elements=st.floats(0, 1, width=32)))
def test_there_and_back(likely: np.ndarray) -> None:
    found = logits(likely)
    assert np.isfinite(found).all()
    assert np.allclose(probabilities(found), likely, atol=2e-6)


@given(arrays(np.float64, 2, elements=st.floats(0, 1)), st.floats(1e-6, 0.1))
def test_the_order_stays_and_the_ends_are_bounded(likely: np.ndarray, least: float) -> None:
    low, high = logits(np.sort(likely), least=least)
    assert low <= high
    assert abs(low + logits(1 - np.sort(likely), least=least)[0]) < 1e-6
    assert high <= logits(np.array([1.0]), least=least)[0]
