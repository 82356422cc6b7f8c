"""A BERT encoder with mean pooling, on whatever device is at hand, and its checkpoints."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training import vocabulary
from training.precision import autocast

_logger = logging.getLogger(__name__)
_CHECKPOINT = "checkpoint.pt"
# The first so many dimensions are of use alone (Kusupati et al. 2022, "Matryoshka Representation
# Learning"): how much each counts in a loss.
DIMENSIONS = ((384, 0.6), (256, 0.2), (128, 0.2))


class Encoder:
    """Model and tokenizer; `forward` keeps gradients, `embed` does not."""

    def __init__(self, model: Any, tokenizer: Any, device: str) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.device = device

    @classmethod
    def load(cls, folder: Path) -> Encoder:
        """Load a model folder, without dropout, onto a GPU if there is one."""
        import torch
        from tokenizers import Tokenizer
        from transformers import BertModel

        device = "cuda" if torch.cuda.is_available() else "cpu"
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        model = BertModel.from_pretrained(folder, add_pooling_layer=False).float().eval().to(device)
        return cls(model, tokenizer, device)

    def first_chinese_row(self) -> int:
        """Return the first row of the embedding that belongs to Chinese."""
        return int(self.tokenizer.token_to_id(vocabulary.MARK))

    def tokenize(self, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
        """Return the texts' token ids, cut to `max_tokens` with the closing token kept."""
        rows = [e.ids for e in self.tokenizer.encode_batch_fast(list(texts))]
        return [
            row if len(row) <= max_tokens else [*row[: max_tokens - 1], row[-1]] for row in rows
        ]

    def hidden(self, rows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
        """Return the last layer `(n, tokens, d)` and the mask `(n, tokens, 1)`."""
        import torch

        width = max(len(row) for row in rows)
        ids = np.zeros((len(rows), width), np.int64)
        mask = np.zeros((len(rows), width), np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        attention = torch.from_numpy(mask).to(self.device)
        with autocast(self.device, self.model.dtype):
            output = self.model(
                input_ids=torch.from_numpy(ids).to(self.device), attention_mask=attention
            ).last_hidden_state
        return output.float(), attention[..., None].float()

    def forward(self, rows: Sequence[Sequence[int]]) -> Any:
        """Return unit vectors `(n, d)` of tokenized texts."""
        import torch

        output, mask = self.hidden(rows)
        pooled = (output * mask).sum(1) / mask.sum(1)
        return torch.nn.functional.normalize(pooled, dim=-1)

    def embed(self, texts: Sequence[str], *, max_tokens: int = 256, batch: int = 64) -> np.ndarray:
        """Return unit vectors `(n, d) float32`."""
        import torch

        rows = self.tokenize(texts, max_tokens)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        result = np.zeros((len(rows), self.model.config.hidden_size), np.float32)
        with torch.inference_mode():
            for start in range(0, len(order), batch):
                part = order[start : start + batch]
                result[part] = self.forward([rows[i] for i in part]).cpu().numpy()
                if start // batch % 500 == 499:
                    _logger.info("embedded %d of %d", start + batch, len(order))
        return result


def optimizer_of(encoder: Encoder, rate: float, table_rate: float) -> tuple[Any, list[Any]]:
    """Return AdamW over all weights, and the body's.

    The words' vectors have a rate of their own and no decay: most of them are not in a batch.
    """
    import torch

    table = encoder.model.embeddings.word_embeddings.weight
    body = [parameter for parameter in encoder.model.parameters() if parameter is not table]
    groups = [
        {"params": body, "lr": rate, "weight_decay": 0.01},
        {"params": [table], "lr": table_rate, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups), body


def take_gradients(model: Any, reader: Any) -> None:
    """Move the gradients of `reader`, a copy of lower precision, to the weights in float32."""
    for weight, read in zip(model.parameters(), reader.parameters(), strict=True):
        if weight.requires_grad:
            weight.grad = None if read.grad is None else read.grad.float()
            read.grad = None


def renew(model: Any, reader: Any) -> None:
    """Give `reader`, a copy of lower precision, the weights as they are now."""
    import torch

    with torch.no_grad():
        for weight, read in zip(model.parameters(), reader.parameters(), strict=True):
            if weight.requires_grad:
                read.copy_(weight)


def save_checkpoint(folder: Path, encoder: Encoder, optimizer: Any, step: int) -> None:
    """Write the model to `folder` and what is needed to go on."""
    import torch

    encoder.model.save_pretrained(folder)
    encoder.tokenizer.save(str(folder / "tokenizer.json"))
    source = Path(__file__).with_name("tokenizer_config.json")
    (folder / source.name).write_bytes(source.read_bytes())
    state = {"step": step, "optimizer": optimizer.state_dict()}
    torch.save(state, folder / (_CHECKPOINT + ".part"))
    (folder / (_CHECKPOINT + ".part")).replace(folder / _CHECKPOINT)
    _logger.info("checkpoint at step %d", step)


def load_checkpoint(folder: Path, encoder: Encoder, optimizer: Any) -> int:
    """Go on from a checkpoint in `folder`; return the steps already done (0 without one)."""
    import torch
    from safetensors.torch import load_file

    if not (folder / _CHECKPOINT).exists():
        return 0
    state = torch.load(folder / _CHECKPOINT, map_location=encoder.device)
    encoder.model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])
