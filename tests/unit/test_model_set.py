"""Which models the settings come to."""

from rag.doctor import examine
from rag.model_set import ModelSet
from rag.second_reading import SecondReading
from rag.settings import Settings


def _models(**flags: str) -> ModelSet:
    return ModelSet(Settings.load(flags=flags))


def test_the_default_scorer_has_a_second_reader() -> None:
    models = _models()
    assert isinstance(models.reranker, SecondReading)
    read_by = [name for name in models.names() if "scorer" in name]
    assert models.reranker.name == " + ".join(read_by)
    assert len(read_by) == 2
    said = "\n".join(finding.detail for finding in examine(Settings.load()))
    assert all(f"{name} at " in said for name in read_by)


def test_a_scorer_that_is_chosen_reads_alone() -> None:
    models = _models(scorer="verbatim-scorer-large")
    assert models.reranker is not None
    assert not isinstance(models.reranker, SecondReading)
    assert models.second_entry is None


def test_words_alone_have_no_reader() -> None:
    models = _models(scorer="words")
    assert models.reranker is None
    assert "words" in models.names()
