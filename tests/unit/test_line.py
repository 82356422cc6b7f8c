"""The line before the models keeps its order and tells everyone their place."""

import threading

from rag.ui.line import Line


def test_a_place_counts_those_before_it() -> None:
    line = Line()
    first, second, third = (line.join() for _ in range(3))
    assert [place.ahead for place in (first, second, third)] == [0, 1, 2]
    second.leave()
    assert [first.ahead, third.ahead] == [0, 1]
    with first:
        pass
    assert third.ahead == 0
    first.leave()
    assert third.ahead == 0


def test_waiting_ends_when_the_line_moves_or_the_time_is_up() -> None:
    line = Line()
    first, second = line.join(), line.join()
    assert second.wait(1, timeout_s=0.01) == 1
    threading.Timer(0.05, first.leave).start()
    assert second.wait(1, timeout_s=30) == 0


def test_one_at_a_time_in_order() -> None:
    line = Line()
    places = [line.join() for _ in range(8)]
    served: list[int] = []

    def ask(number: int) -> None:
        with places[number] as place:
            ahead = place.ahead
            while ahead:
                ahead = place.wait(ahead, timeout_s=30)
            served.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in reversed(range(8))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert served == list(range(8))
