"""Jupyter notebooks → blocks: Markdown cells, code, and what the code printed."""

from __future__ import annotations

from typing import Any

from rag.documents.markdown import read_markdown
from rag.documents.text_builder import TextBuilder
from rag.errors import DocumentError

_MOST_OUTPUT_CHARACTERS = 2_000


def read_notebook(text: str, builder: TextBuilder) -> str:
    """Add a notebook's cells to ``builder``; return its title or "".

    Raises:
        DocumentError: it is no notebook.
    """
    import nbformat

    try:
        notebook: Any = nbformat.reads(text, as_version=4)
    except Exception as error:  # nbformat's errors have no common base
        raise DocumentError(f"it is no valid notebook ({type(error).__name__})") from error
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            read_markdown(cell.source, builder)
        elif cell.cell_type == "code":
            builder.code(cell.source)
            builder.code(_printed(cell.get("outputs", []))[:_MOST_OUTPUT_CHARACTERS])
    return str(notebook.metadata.get("title") or "")


def _printed(outputs: list[Any]) -> str:
    parts: list[str] = []
    for output in outputs:
        if output.output_type == "stream":
            parts.append(output.text)
        elif output.output_type in ("execute_result", "display_data"):
            parts.append(str(output.data.get("text/plain", "")))
    return "\n".join(part for part in parts if part.strip())
