"""Probabilities as logits, the scale on which what speaks for something adds up, and back."""

from __future__ import annotations

import numpy as np


def logits(probabilities: np.ndarray, *, least: float = 1e-6) -> np.ndarray:
    """Return the logits, float64; ``least`` from 0 and 1 is as near as probabilities count."""
    bounded = np.clip(probabilities.astype(np.float64), least, 1 - least)
    return np.asarray(np.log(bounded / (1 - bounded)))


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities in [0, 1] of ``logits``."""
    return np.asarray(1 / (1 + np.exp(-logits)))
