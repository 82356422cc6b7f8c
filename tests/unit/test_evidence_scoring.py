"""What makes a poor quote, whatever it says."""

from pathlib import Path

from rag.documents import read_document
from rag.evidence_candidates import list_candidates
from rag.evidence_scoring import references_beside, shades
from rag.types import Chunk, Hit, Language, RetrievalScores, StoredChunk

TEXT = """# 水壶

The kettle is started by a command.

```
kettle --boil
```

烧开需要四分钟。

四分钟

需要注意的是：
"""


def test_fragments_lead_ins_and_translations_come_behind_and_code_does_not(tmp_path: Path) -> None:
    file = tmp_path / "kettle.md"
    file.write_text(TEXT, encoding="utf-8")
    document = read_document(file, name=file.name)
    section = document.sections[-1]
    chunk = Chunk(
        document.text, section.span, section.heading_path, section.anchor, None, Language.ZH
    )
    hit = Hit(StoredChunk(1, document.name, chunk), RetrievalScores(0.5, 0.5))
    candidates = list_candidates([hit], lambda _: document)
    question = "怎么烧开水？"
    factors = dict(
        zip(
            [item.text for item in candidates],
            shades(question, candidates, references_beside(question, candidates)),
            strict=True,
        )
    )
    assert factors["烧开需要四分钟。"] == factors["kettle --boil"] == 1
    assert factors["The kettle is started by a command."] < 1
    assert factors["四分钟"] < 1
    assert factors["需要注意的是："] < 1
