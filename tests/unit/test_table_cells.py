"""Cells of a table's row, found again in its text."""

from hypothesis import given
from hypothesis import strategies as st

from rag.documents.text_builder import TextBuilder
from rag.table_cells import cell_spans

CELLS = st.lists(st.sampled_from(["", "7B", "VQA v2", "是", "5%"]), min_size=2, max_size=6).filter(
    any
)


@given(CELLS)
def test_a_row_gives_its_cells_back(cells: list[str]) -> None:
    builder = TextBuilder(max_characters=1000)
    builder.table_row(cells)
    row = builder.build().text.strip("\n")
    found = [row[start:end] for start, end in cell_spans(row)]
    # Beyond one at each edge, empty cells cannot be told from none.
    assert [cell for cell in found if cell] == [cell for cell in cells if cell]
    if cells[0] and cells[-1]:
        assert found == cells


def test_an_empty_corner_is_a_cell() -> None:
    for row, cells in (("| 2019 | 2020", ["", "2019", "2020"]), ("B | 5 |", ["B", "5", ""])):
        assert [row[start:end] for start, end in cell_spans(row)] == cells
