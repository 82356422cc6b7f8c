from pathlib import Path

import pytest

from rag.index_record import IndexRecord, forget_failures, read_record, record_run
from rag.types import Failure


def test_failures_from_elsewhere_stay_and_those_seen_are_replaced(tmp_path: Path) -> None:
    index, one, two = tmp_path / "index", tmp_path / "one", tmp_path / "two"
    for folder in (index, one, two):
        folder.mkdir()
    first, second = (one / "a.pdf").as_posix(), (two / "b.pdf").as_posix()
    record_run(index, roots=[one], seen={first}, failures=[Failure(first, "broken")])
    record_run(index, roots=[two], seen={second}, failures=[Failure(second, "empty")])
    assert {item.path for item in read_record(index).failures} == {first, second}
    record_run(index, roots=[one], seen={first}, failures=[])
    assert [item.path for item in read_record(index).failures] == [second]
    forget_failures(index, {second})
    assert read_record(index).failures == ()


def test_only_the_outermost_folders_are_remembered(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    record_run(tmp_path, roots=[inner], seen=set(), failures=[])
    assert read_record(tmp_path).folders == (inner.as_posix(),)
    record_run(tmp_path, roots=[tmp_path / "a"], seen=set(), failures=[])
    record_run(tmp_path, roots=[inner], seen=set(), failures=[])
    assert read_record(tmp_path).folders == ((tmp_path / "a").as_posix(),)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"folders": 3}', '{"folders": [], "failures": [1]}']
)
def test_a_damaged_record_counts_as_empty(tmp_path: Path, content: str) -> None:
    (tmp_path / "library.json").write_text(content, encoding="utf-8")
    assert read_record(tmp_path) == IndexRecord()
