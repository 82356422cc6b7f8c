"""A fine-tuned LLM as a GGUF, in the very quantization of the GGUF that it started from.

    python -m training.gguf_export OUT_OF_FINETUNING MODEL.gguf [--start MODEL]

What training left alone is copied byte for byte. A weight that it moved lies between two values of
the quantization's grid and is rounded to one of them at random, the nearer the likelier: training
moves weights by a thirtieth of a step, so that rounding to the nearest would undo it altogether.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import numpy as np

from training.finetuning import STOCK, starting_point

# Q4_1: blocks of 32 weights, each d * q + m; d and m in half precision, then q in 16 bytes, the low
# halves of which are the first 16 weights (ggml-common.h, block_q4_1).
_BLOCK_WEIGHTS = 32
_BLOCK_BYTES = 20
_TOP = 15

_BLOCK = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_OUTER = {"model.embed_tokens": "token_embd", "model.norm": "output_norm"}


def gguf_name(name: str) -> str | None:
    """Return what llama.cpp calls a weight of transformers' Llama; None for tied ones."""
    stem = name.removesuffix(".weight")
    if stem in _OUTER:
        return _OUTER[stem] + ".weight"
    found = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", stem)
    return f"blk.{found[1]}.{_BLOCK[found[2]]}.weight" if found else None


def interleaved(weight: np.ndarray, heads: int) -> np.ndarray:
    """Order the rows of a query or key projection as llama.cpp rotates them: pairs side by side."""
    rows, columns = weight.shape
    halves = weight.reshape(heads, 2, rows // heads // 2, columns)
    return halves.swapaxes(1, 2).reshape(rows, columns)


def on_grid(blocks: np.ndarray, weight: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return Q4_1 blocks on the grid of ``blocks`` whose expected values are ``weight``.

    Args:
        blocks: ``(rows, columns / 32 * 20) uint8``.
        weight: ``(rows, columns) float32``; what lies beyond its block's range is cut off.
    """
    rows, columns = weight.shape
    grid = blocks.reshape(rows, columns // _BLOCK_WEIGHTS, _BLOCK_BYTES)
    step, least = (grid[..., i : i + 2].copy().view(np.float16).astype(np.float32) for i in (0, 2))
    values = weight.reshape(rows, -1, _BLOCK_WEIGHTS)
    exact = (values - least) / np.where(step == 0, 1, step)
    # Half precision's noise aside, what was not moved is a whole number and stays one.
    exact = np.where(np.abs(exact - np.round(exact)) < 1e-3, np.round(exact), exact)
    chosen = np.floor(exact + generator.random(exact.shape, dtype=np.float32))
    quants = np.clip(chosen, 0, _TOP).astype(np.uint8)
    half = _BLOCK_WEIGHTS // 2
    packed = quants[..., :half] | (quants[..., half:] << 4)
    return np.concatenate([grid[..., :4], packed], axis=-1).reshape(blocks.shape)


def write_gguf(start: Path, weights: dict[str, np.ndarray], out: Path, seed: int = 1) -> None:
    """Write ``weights``, named as in transformers, with all else as in ``start``.

    Args:
        weights: float32 arrays.

    Raises:
        ValueError: a weight was trained whose type in ``start`` is neither Q4_1 nor F32.
    """
    from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter
    from gguf.quants import dequantize

    generator = np.random.default_rng(seed)
    reader = GGUFReader(str(start))
    writer = GGUFWriter(str(out), "llama")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind is GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=inner)
    heads = {
        "attn_q": int(reader.fields["llama.attention.head_count"].contents()),
        "attn_k": int(reader.fields["llama.attention.head_count_kv"].contents()),
    }
    trained = {gguf_name(name): weight for name, weight in weights.items()}
    for tensor in reader.tensors:
        kind, data, weight = tensor.tensor_type, tensor.data, trained[tensor.name]
        part = tensor.name.split(".")[-2]
        if part in heads:
            weight = interleaved(weight, heads[part])
        if not np.allclose(dequantize(data, kind).reshape(weight.shape), weight, atol=1e-6):
            if kind is GGMLQuantizationType.F32:
                data = weight
            elif kind is GGMLQuantizationType.Q4_1:
                data = on_grid(data, weight, generator)
            else:
                raise ValueError(f"{tensor.name} was trained, but is of type {kind.name}")
        writer.add_tensor(tensor.name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def load_weights(folder: Path) -> dict[str, np.ndarray]:
    """Return the weights of the latest checkpoint, float32."""
    import torch

    state: dict[str, Any] = torch.load(folder / "checkpoint.pt", map_location="cpu")["model"]
    return {name: weight.float().numpy() for name, weight in state.items()}


def main() -> None:
    """Run the stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--start", default=STOCK, help="as it was for the training")
    options = parser.parse_args()
    write_gguf(starting_point(options.start), load_weights(options.trained), options.out)


if __name__ == "__main__":
    main()
