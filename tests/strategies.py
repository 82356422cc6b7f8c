"""Documents for property tests, built from the dataclasses alone."""

from hypothesis import strategies as st

from rag.language import detect_language
from rag.types import Block, BlockKind, Document, Page, Section, Span

WORDS = st.sampled_from(
    [
        "CLIP",
        "对比学习",
        "损失函数",
        "LoRA",
        "rank",
        "$\\tau$",
        "3.5",
        "e.g.",
        "的",
        "model",
        "图像",
    ]
)
ENDS = st.sampled_from(["。", ". ", "！", "? ", "；", "\n", " ", "", "：", "”", "…"])


@st.composite
def prose(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.tuples(WORDS, ENDS), min_size=1, max_size=60))
    text = "".join(word + end for word, end in parts).strip()
    return text or "x"


BLOCK_KINDS = st.sampled_from([kind for kind in BlockKind if kind is not BlockKind.HEADING])


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = ""
    blocks: list[Block] = []
    sections: list[Section] = []
    starts: list[int] = []

    def add(kind: BlockKind, body: str, level: int = 0) -> None:
        nonlocal text
        if text:
            text += "\n\n"
        blocks.append(Block(kind, Span(len(text), len(text) + len(body)), level=level))
        text += body

    plan = draw(st.lists(st.lists(st.tuples(BLOCK_KINDS, prose()), max_size=4), max_size=4))
    for number, bodies in enumerate(plan):
        starts.append(len(text) + 2 if text else 0)
        add(BlockKind.HEADING, f"标题 {number} heading", level=2)
        for kind, body in bodies:
            add(kind, body)
    ends = [*starts[1:], len(text)] if starts else []
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        sections.append(Section((f"标题 {number} heading",), Span(start, end), 2, f"s-{number}"))
    if not sections:
        sections.append(Section((), Span(0, 0), 0, ""))
    pages: tuple[Page, ...] = ()
    if text and draw(st.booleans()):
        cut = draw(st.integers(0, len(text)))
        pages = (Page(1, Span(0, cut)), Page(2, Span(cut, len(text))))
    return Document(
        path="/docs/a.md",
        name="a.md",
        title="A",
        text=text,
        language=detect_language(text),
        media_type="text/markdown",
        content_hash="0" * 64,
        blocks=tuple(blocks),
        sections=tuple(sections),
        pages=pages,
    )
