"""The handbook in ``corpus/``: the same chapters and sections in both languages, and no gaps."""

import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "corpus"
LANGUAGES = ("zh", "en")
ANCHOR = re.compile(r'<a id="([a-z0-9-]+)"></a>\n\n## (.+)')
REFERENCES = {"zh": "**参考文献**", "en": "**References**"}

# The topics an interview on multimodal models starts from, each with the section that treats it.
TOPICS = {
    "what multimodal means": "multimodal-definition",
    "common methods": "multimodal-methods",
    "fields of application": "multimodal-applications",
    "challenges": "multimodal-challenges",
    "word embeddings": "word-embedding",
    "pre-training and fine-tuning": "pretraining-finetuning",
    "transformers for multimodal learning": "transformer-multimodal",
    "general architecture": "mllm-architecture",
    "connectors": "connector",
    "paradigm shifts": "paradigm-shifts",
    "three problems of foundation models": "three-problems",
    "DPO and PPO": "dpo-ppo",
    "batch and layer normalization": "batchnorm-layernorm",
    "post-norm and pre-norm": "postnorm-prenorm",
    "supervised fine-tuning": "sft-process",
    "decoder-only and encoder-decoder": "decoder-only-encoder-decoder",
    "position encodings": "position-encoding",
    "catastrophic forgetting": "catastrophic-forgetting",
    "aligning modalities": "modality-alignment",
    "parameter-efficient fine-tuning": "peft",
    "loss functions": "loss-overview",
    "mean squared error": "mse",
    "CLIP's loss": "clip-loss",
    "sources of hallucination": "hallucination-sources",
    "hallucination benchmarks": "hallucination-benchmarks",
    "mitigating hallucination": "hallucination-mitigation",
    "types of hallucination": "hallucination-types",
    "data and hallucination": "hallucination-data",
    "architecture and hallucination": "hallucination-architecture",
    "training signals and hallucination": "hallucination-training",
    "post-processing and hallucination": "hallucination-postprocessing",
    "cross-modal contrastive learning": "cross-modal-contrastive",
    "missing modalities": "missing-modality",
    "image generation": "image-generation-overview",
}
# Names that the handbook must not leave out.
NAMES = (
    "CHAIR POPE MME CIEM AMBER LRV-Instruction HallE-Switch MOCHa VCD Woodpecker LURE RAI-30k "
    "MMPareto Janus Chameleon DreamLLM SEED-X MetaQuery BLIP3-o Transfusion JanusFlow"
).split()


@functools.cache
def chapters(language: str) -> dict[str, str]:
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted((CORPUS / language).glob("*.md"))
    }


@functools.cache
def sections(language: str) -> dict[str, str]:
    """Anchor → the section's text, heading included."""
    found: dict[str, str] = {}
    for text in chapters(language).values():
        matches = list(ANCHOR.finditer(text))
        for number, match in enumerate(matches):
            end = matches[number + 1].start() if number + 1 < len(matches) else len(text)
            assert match.group(1) not in found, f"anchor {match.group(1)} stands twice"
            found[match.group(1)] = text[match.start(2) : end].strip()
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("topic", "anchor"), TOPICS.items())
def test_every_topic_has_its_section(language: str, topic: str, anchor: str) -> None:
    assert anchor in sections(language), f"no section on {topic} in corpus/{language}"


def test_both_languages_have_the_same_chapters_and_sections() -> None:
    assert list(chapters("zh")) == list(chapters("en"))
    assert list(sections("zh")) == list(sections("en"))


def test_there_are_at_least_sixty_sections_beyond_the_topics() -> None:
    assert len(set(sections("en")) - set(TOPICS.values())) >= 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_heading_has_an_anchor_and_every_section_references(language: str) -> None:
    for name, text in chapters(language).items():
        assert len(re.findall(r"^## ", text, re.MULTILINE)) == len(ANCHOR.findall(text)), name
    without = [
        anchor for anchor, text in sections(language).items() if REFERENCES[language] not in text
    ]
    assert not without


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_left_out(language: str, name: str) -> None:
    assert any(name in text for text in chapters(language).values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_drawing_exists_has_a_caption_and_no_script(language: str) -> None:
    caption = {"zh": "图：", "en": "Figure: "}[language]
    used: set[Path] = set()
    for name, text in chapters(language).items():
        for match in re.finditer(r"!\[[^\]]+\]\(([^)]+)\)\s*\n\n?(.*)", text):
            path = CORPUS / language / match.group(1)
            used.add(path)
            assert path.is_file(), f"{name}: no drawing {match.group(1)}"
            assert match.group(2).startswith(caption), f"{name}: {path.name} has no caption"
            drawing = path.read_text(encoding="utf-8")
            assert "<script" not in drawing
            assert not re.search(r'(?:href|src)="https?:', drawing)
    assert used == set((CORPUS / language / "figures").glob("*.svg"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_formulas_are_closed(language: str) -> None:
    for name, text in chapters(language).items():
        assert text.count("$$") % 2 == 0, name


def shingles(text: str, length: int = 20) -> set[str]:
    """Runs of characters, white space aside, with words of Chinese in them.

    The seed is Chinese; runs of Latin letters alone are names, titles and formulas.
    """
    squeezed = re.sub(r"\s+", "", text)
    runs = (squeezed[start : start + length] for start in range(len(squeezed) - length + 1))
    return {run for run in runs if len(re.findall(r"[\u4e00-\u9fff]", run)) >= 5}


def test_no_sentence_is_taken_over_from_the_seed() -> None:
    seeds = sorted((ROOT.parent / "shared" / "seed").glob("*.txt"))
    if not seeds:
        pytest.skip("the seed document is not at hand")
    seed = set().union(*(shingles(path.read_text(encoding="utf-8")) for path in seeds))
    for language in LANGUAGES:
        for name, text in chapters(language).items():
            shared = sorted(shingles(text) & seed)
            assert not shared, f"{language}/{name} shares {shared[:3]} with the seed"
