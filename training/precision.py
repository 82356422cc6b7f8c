"""How precisely texts are read in training: in bfloat16 wherever hardware multiplies it."""

from __future__ import annotations

import contextlib
from typing import Any

from rag.quantization import multiplies_bfloat16


def reading_type(device: str) -> Any:
    """Return the type to read texts in: bfloat16, or float32 on a CPU that would only imitate it.

    Imitated it takes ten times as long.
    """
    import torch

    return torch.bfloat16 if device != "cpu" or multiplies_bfloat16() else torch.float32


def autocast(device: str, held: Any) -> Any:
    """Return the context in which weights of type ``held`` read texts in `reading_type`."""
    import torch

    wanted = reading_type(device)
    if wanted in (torch.float32, held):
        return contextlib.nullcontext()
    return torch.autocast(device, dtype=wanted)
