"""One model that learns: weights in float32, and a copy that reads, in bfloat16 where that is fast.

The rate rises and falls. A run is as long as its budget, in seconds or in steps; the rate follows
what is spent of it.
"""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.encoder import renew, take_gradients
from training.precision import reading_type
from training.ragged import TextsOnDevice

_logger = logging.getLogger(__name__)
# Padded tokens that are read at once: a GPU wants many, a CPU little padding.
_AT_ONCE = {"cuda": 65_536, "cpu": 3_000}


class Learner:
    """A transformers model and its optimizer."""

    def __init__(self, model: Any, *, rate: float, frozen: Sequence[str] = ()) -> None:
        """Train every weight of ``model`` but those whose names hold one of ``frozen``."""
        import torch

        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = model.float().eval().to(self.device)
        for name, weight in self.model.named_parameters():
            weight.requires_grad_(not any(part in name for part in frozen))
        self.reader = copy.deepcopy(self.model).to(reading_type(self.device))
        # cuDNN would plan its attention anew for every shape, of which each batch has others.
        torch.backends.cuda.enable_cudnn_sdp(False)
        if self.device == "cpu":
            # On a CPU the backward pass of fused attention is slow for texts so short.
            self.reader.set_attn_implementation("eager")
        self.rate = rate
        self._learning = [weight for weight in self.model.parameters() if weight.requires_grad]
        self._optimizer = torch.optim.AdamW(self._learning, lr=rate, weight_decay=0.01)

    def learn(self, loss: Any, spent: float) -> None:
        """Take a step down ``loss``; ``spent`` of the budget is over, in [0, 1]."""
        import torch

        loss.backward()
        take_gradients(self.model, self.reader)
        torch.nn.utils.clip_grad_norm_(self._learning, 1.0)
        for group in self._optimizer.param_groups:
            group["lr"] = self.rate * min(1.0, spent / 0.04 + 0.02) * max(0.02, 1 - spent)
        self._optimizer.step()
        renew(self.model, self.reader)

    def save(self, out: Path) -> None:
        """Write the model in half precision."""
        copy.deepcopy(self.model).half().save_pretrained(out)


def spend(seconds: float, steps: int | None = None) -> Iterator[float]:
    """Yield what is spent, in [0, 1), until the seconds or the steps are over; log the pace."""
    started = time.monotonic()
    done = 0
    while True:
        passed = time.monotonic() - started
        spent = passed / seconds if steps is None else done / steps
        if spent >= 1:
            _logger.info("%d steps in %.0f s", done, passed)
            return
        yield spent
        done += 1


def in_parts(lengths: np.ndarray, read: Callable[[np.ndarray], Any], device: str) -> Any:
    """Return what ``read`` gives for all rows, reading rows of like length together.

    Args:
        lengths: (n,) tokens of each row.
        read: row numbers (m,) → (m, …).
    """
    import torch

    order = np.argsort(lengths, kind="stable")
    most = _AT_ONCE[device]
    found, start = [], 0
    while start < len(order):
        # The longest of a part, its last one, says how wide it is.
        end = start + 1
        while end < len(order) and (end + 1 - start) * (lengths[order[end]] + 8) <= most:
            end += 1
        found.append(read(order[start:end]))
        start = end
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return torch.cat(found)[torch.from_numpy(back).to(device)]


def mean_of_tokens(model: Any, ids: Any, mask: Any) -> Any:
    """Return the mean of each text's last layer, `(n, d)` float32."""
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    weights = mask[..., None].to(hidden.dtype)
    return (hidden * weights).sum(1).float() / mask.sum(1, keepdim=True)


def embed(
    model: Any,
    texts: TextsOnDevice,
    rows: np.ndarray,
    prefix: Sequence[int],
    most: int,
    device: str,
) -> Any:
    """Return unit vectors `(n, d)` of texts, with gradients."""
    import torch

    rows = np.asarray(rows)

    def read(part: np.ndarray) -> Any:
        pooled = mean_of_tokens(model, *texts.batch(rows[part], prefix, most))
        return torch.nn.functional.normalize(pooled, dim=-1)

    return in_parts(np.minimum(texts.lengths[rows], most), read, device)
