"""Work in the background is handed over in order, fails where it is awaited, and can be stopped."""

import threading
import time
from collections.abc import Iterator

import pytest

from rag.ui.line import Line
from rag.ui.work import Work


def test_results_come_in_order() -> None:
    assert list(Work(lambda: iter(range(50))).results()) == list(range(50))


def test_a_failure_is_raised_where_results_are_taken() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise LookupError("gone")

    results = Work(source).results()
    assert next(results) == 1
    with pytest.raises(LookupError, match="gone"):
        next(results)


def test_whoever_waits_is_let_go_at_once_and_the_work_ends() -> None:
    at_work, may_go_on, closed = (threading.Event() for _ in range(3))

    def source() -> Iterator[int]:
        try:
            yield 1
            at_work.set()
            may_go_on.wait(30)
            yield 2
            yield 3
        finally:
            closed.set()

    work = Work(source)
    taken: list[int] = []
    taker = threading.Thread(target=lambda: taken.extend(work.results()))
    taker.start()
    assert at_work.wait(5)
    work.stop()
    taker.join(5)
    assert not taker.is_alive()
    may_go_on.set()
    assert closed.wait(5)
    assert 2 not in taken


def test_leaving_early_stops_the_work() -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            for number in range(10**9):
                time.sleep(0.001)
                yield number
        finally:
            closed.set()

    results = Work(source).results()
    assert next(results) == 0
    results.close()
    assert closed.wait(5)


def test_a_line_tells_the_place_then_runs_and_stops() -> None:
    line = Line()
    first = line.join()
    running = line.run("second", lambda: iter("ab"))
    assert next(running) == 1
    first.leave()
    assert list(running) == ["a", "b"]

    with line.join():
        stopped = line.run("third", lambda: iter("ab"))
        assert next(stopped) == 1
        closer = threading.Thread(target=lambda: list(stopped))
        closer.start()
        line.stop("third")
        closer.join(5)
        assert not closer.is_alive()
    line.stop("nobody")
