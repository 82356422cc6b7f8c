"""What makes a transformer fast on a CPU and stays close enough to the exact one to rank by.

Where the CPU multiplies bfloat16 in hardware (AMX), that is both faster and closer than 8 bits.
Elsewhere linear layers in 8 bits are.

torch's dynamic quantization has one scale for all of a layer's input, and by default one for all of
its weights. Both lose too much here: a few tokens (the separators) and a few columns are many times
larger than the rest, which is left with a handful of steps. Therefore each row of the weights has
its own scale, and each token of a feed-forward layer's input is divided by its largest value first
and the output multiplied by it (the per-token scales of ZeroQuant, Yao et al. 2022,
arXiv:2206.01861).
"""

from __future__ import annotations

import warnings
from typing import Any


def multiplies_bfloat16() -> bool:
    """Whether bfloat16 is faster than 8 bits here.

    AVX-512's bfloat16 instructions are not enough: with them it takes longer than float32.
    """
    import torch

    return bool(torch.cpu.get_capabilities().get("amx_bf16", False))


def quantize(model: Any) -> None:
    """Replace the linear layers of ``model`` in place.

    Feed-forward layers, those that widen or narrow, keep to their token's scale; those of
    attention, whose input is tamer, do without, for it takes time. Where this build of torch has no
    8-bit kernels the model stays as it is.
    """
    import torch
    from torch.ao import quantization

    if torch.backends.quantized.engine in ("none", ""):
        return
    for module in list(model.modules()):
        for name, layer in list(module.named_children()):
            if isinstance(layer, torch.nn.Linear) and layer.in_features != layer.out_features:
                setattr(module, name, _scaled_by_token(layer))
    with warnings.catch_warnings():
        # torch announces the end of this in favour of torchao, which would be one more package for
        # the same kernels; the pinned torch has it.
        warnings.simplefilter("ignore")
        quantization.quantize_dynamic(  # type: ignore[no-untyped-call]
            model, {torch.nn.Linear: quantization.per_channel_dynamic_qconfig}, inplace=True
        )


def _scaled_by_token(linear: Any) -> Any:
    """Return ``linear`` as a layer that reads each token ``(..., tokens, d)`` at its scale."""
    import torch

    class ScaledByToken(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bias = torch.zeros(linear.out_features) if linear.bias is None else linear.bias
            # Without weights of its own: drawing them at random would take a while.
            self.linear = torch.nn.Linear(
                linear.in_features, linear.out_features, bias=False, device="meta"
            )
            self.linear.weight = linear.weight

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            # Without a copy of the absolute values, which would take longer to write.
            largest = torch.maximum(values.amax(-1, keepdim=True), -values.amin(-1, keepdim=True))
            largest.clamp_(min=1e-6)
            return torch.addcmul(self.bias, self.linear(values / largest), largest)

    return ScaledByToken()
