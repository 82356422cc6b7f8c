"""Many texts as tokens in one array, which a GPU holds whole and cuts batches from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# As `training.pretrained` puts them first.
BEGIN, PAD, END = 0, 1, 2


@dataclass(frozen=True)
class Ragged:
    """`tokens` (t,) uint16 of all texts in a row; text i is `starts[i]:starts[i + 1]`."""

    tokens: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, texts: Sequence[str], tokenizer: Any, most: int) -> Ragged:
        """Return the texts' tokens without special ones, at most `most` of each."""
        rows = []
        for start in range(0, len(texts), 5000):
            part = list(texts[start : start + 5000])
            for encoded in tokenizer.encode_batch_fast(part, add_special_tokens=False):
                rows.append(np.array(encoded.ids[:most], np.uint16))
        lengths = np.array([len(row) for row in rows], np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        return cls(np.concatenate(rows), starts)

    @property
    def lengths(self) -> np.ndarray:
        """Return the number of tokens of each text, (n,) int64."""
        return np.diff(self.starts)


def _rounded_up(width: int) -> int:
    """Return the next multiple of 8, which fused attention reads faster."""
    return -(-width // 8) * 8


class TextsOnDevice:
    """A `Ragged` on a device, from which padded batches are cut."""

    def __init__(self, texts: Ragged, device: str) -> None:
        import torch

        self.lengths = texts.lengths
        self._device = device
        # A text past the end is read, and masked, where a batch is padded.
        padded = np.concatenate([texts.tokens, np.zeros(1024, np.uint16)]).astype(np.int32)
        self._tokens = torch.from_numpy(padded).to(device)
        self._starts = torch.from_numpy(texts.starts[:-1]).to(device)
        self._lengths = torch.from_numpy(self.lengths).to(device)

    def batch(self, rows: np.ndarray, prefix: Sequence[int], most: int) -> tuple[Any, Any]:
        """Return ids and mask, (n, width) int64: begin, prefix, text, end."""
        import torch

        chosen = torch.from_numpy(np.asarray(rows)).to(self._device)
        shift = 1 + len(prefix)
        lengths = self._lengths[chosen].clamp(max=most)
        width = _rounded_up(int(np.minimum(self.lengths[rows], most).max()) + shift + 1)
        at = torch.arange(width, device=self._device)[None]
        text = self._tokens[self._starts[chosen][:, None] + (at - shift).clamp(min=0)].long()
        end = (lengths + shift)[:, None]
        ids = torch.where(at < end, text, torch.where(at == end, END, PAD))
        for place, token in enumerate((BEGIN, *prefix)):
            ids[:, place] = token
        return ids, (at <= end).long()

    def pairs(self, first: np.ndarray, second: np.ndarray, most: int) -> tuple[Any, Any, Any]:
        """Return ids, kinds and mask, (n, width) int64: begin, text, end, other text, end."""
        import torch

        left, right = (
            torch.from_numpy(np.asarray(rows)).to(self._device) for rows in (first, second)
        )
        before = self._lengths[left]
        after = torch.minimum(self._lengths[right], most - 3 - before)
        own = self.lengths[first]
        width = _rounded_up(int((own + np.minimum(self.lengths[second], most - 3 - own)).max()) + 3)
        at = torch.arange(width, device=self._device)[None]
        turn, end = (before + 1)[:, None], (before + after + 2)[:, None]
        one = self._tokens[self._starts[left][:, None] + (at - 1).clamp(min=0)].long()
        two = self._tokens[self._starts[right][:, None] + (at - turn - 1).clamp(min=0)].long()
        ids = torch.where(at < turn, one, torch.where(at < end, two, PAD))
        ids = torch.where((at == turn) | (at == end), END, ids)
        ids[:, 0] = BEGIN
        return ids, ((at > turn) & (at <= end)).long(), (at <= end).long()
