"""Write trained models in the form in which they ship, in half precision.

    python -m training.exporting embedder TRAINED models/embedder --average OTHER --share 0.4
    python -m training.exporting scorer TRAINED models/scorer --average OTHER --share 0.5
        --slope A --shift B

The scorer's probability is calibrated by A · logit + B (Platt 1999, "Probabilistic Outputs for
Support Vector Machines"), which is folded into its last layer. A model that went on learning may be
averaged, weight by weight, with what it went on from (Wortsman et al. 2022, "Model soups").
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

_MAX_TOKENS = 256


def export_embedder(
    trained: Path, out: Path, *, average: Path | None = None, share: float = 0.5
) -> None:
    """Write a folder in the format of sentence-transformers.

    Args:
        average: another embedder of the same shape.
        share: how much of that other one goes into the result.
    """
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer

    body = Transformer(str(trained), max_seq_length=_MAX_TOKENS)
    if average is not None:
        own = body.auto_model.float()
        other = Transformer(str(average)).auto_model.float()
        own.load_state_dict(_averaged(own.state_dict(), other.state_dict(), share))
    pooling = Pooling(384, pooling_mode="mean")
    model = SentenceTransformer(modules=[body, pooling, Normalize()], device="cpu")
    model.half().save(str(out), create_model_card=False)


def export_scorer(
    trained: Path,
    out: Path,
    *,
    slope: float,
    shift: float,
    average: Path | None,
    share: float = 0.5,
) -> None:
    """Write a folder in the format of sentence-transformers' ``CrossEncoder``.

    Args:
        average: another scorer of the same shape.
        share: how much of that other one goes into the result.
    """
    import torch
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(str(trained), device="cpu", max_length=_MAX_TOKENS)
    head = model.model.classifier
    with torch.no_grad():
        head.weight.mul_(slope)
        head.bias.mul_(slope).add_(shift)
    if average is not None:
        other = CrossEncoder(str(average), device="cpu").model.float().state_dict()
        own = model.model.float().state_dict()
        model.model.load_state_dict(_averaged(own, other, share))
    # Without this the two texts would be read as one, which it was not trained on.
    tokenizer = model.tokenizer
    tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    tokenizer.init_kwargs["model_input_names"] = tokenizer.model_input_names
    model.half().save_pretrained(str(out), create_model_card=False)


def _averaged(own: dict[str, Any], other: dict[str, Any], share: float) -> dict[str, Any]:
    """Return the weights with that share of the other ones; positions and the like are the same."""
    return {
        name: weight.lerp(other[name], share) if weight.is_floating_point() else weight
        for name, weight in own.items()
    }


def main() -> None:
    """Run the stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("embedder", "scorer"))
    parser.add_argument("trained", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--slope", type=float, default=1.0)
    parser.add_argument("--shift", type=float, default=0.0)
    parser.add_argument("--average", type=Path, help="a model to average with")
    parser.add_argument("--share", type=float, default=0.5, help="how much of that one goes in")
    options = parser.parse_args()
    if options.kind == "embedder":
        export_embedder(options.trained, options.out, average=options.average, share=options.share)
    else:
        export_scorer(
            options.trained,
            options.out,
            slope=options.slope,
            shift=options.shift,
            average=options.average,
            share=options.share,
        )


if __name__ == "__main__":
    main()
