"""A fine-tuned LLM as a quantized GGUF, with the tokenizer and chat template that it started with.

    python -m training.gguf_export OUT_OF_FINETUNING MODEL.gguf [--start MODEL] [--type Q4_1]

Everything but the weights is copied from the GGUF that training started from; llama.cpp quantizes.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from rag.models import DEFAULT_LLM
from training.finetuning import starting_point

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


def write_gguf(start: Path, weights: dict[str, np.ndarray], out: Path) -> None:
    """Write ``weights``, named as in transformers, with the metadata of ``start``; half precision.

    Args:
        weights: float32 arrays.
    """
    from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter

    reader = GGUFReader(str(start))
    writer = GGUFWriter(str(out), "llama")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind is GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=inner)
    heads = int(reader.fields["llama.attention.head_count"].contents())
    key_heads = int(reader.fields["llama.attention.head_count_kv"].contents())
    for name, weight in weights.items():
        target = gguf_name(name)
        if target is None:
            continue
        if weight.ndim == 1:
            # Norms stay exact: they are a thousandth of the size.
            writer.add_tensor(target, weight, raw_dtype=GGMLQuantizationType.F32)
            continue
        ordered = weight
        if "attn_q" in target:
            ordered = interleaved(weight, heads)
        elif "attn_k" in target:
            ordered = interleaved(weight, key_heads)
        writer.add_tensor(target, ordered.astype(np.float16), raw_dtype=GGMLQuantizationType.F16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def quantize(source: Path, out: Path, kind: str) -> None:
    """Quantize to a type of llama.cpp (``Q8_0``, ``Q4_1``, …); words and output stay in Q8_0.

    Raises:
        RuntimeError: llama.cpp refused.
    """
    import llama_cpp

    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{kind}")
    params.token_embedding_type = params.output_tensor_type = llama_cpp.GGML_TYPE_Q8_0
    if llama_cpp.llama_model_quantize(str(source).encode(), str(out).encode(), params):
        raise RuntimeError(f"llama.cpp cannot quantize {source} to {kind}")


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
    parser.add_argument("--start", default=DEFAULT_LLM, help="as it was for the training")
    parser.add_argument("--type", default="Q4_1")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        half = Path(folder) / "half.gguf"
        write_gguf(starting_point(options.start), load_weights(options.trained), half)
        quantize(half, options.out, options.type)


if __name__ == "__main__":
    main()
