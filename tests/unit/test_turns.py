"""Turns with one thing: kept from step to step, passed on where a user pauses."""

import threading
import time

import pytest

from rag.turns import Turns

NEVER_S = 60.0


def user_on_a_thread(turns: Turns, name: str, seen: list[str], steps: int) -> threading.Thread:
    def use() -> None:
        me = object()
        for _ in range(steps):
            with turns.step(me):
                seen.append(name)
            time.sleep(0.01)
        turns.end(me)

    thread = threading.Thread(target=use, daemon=True)
    thread.start()
    return thread


def test_a_turn_is_kept_from_step_to_step() -> None:
    turns, seen = Turns(patience_s=NEVER_S), []
    threads = [user_on_a_thread(turns, name, seen, 5) for name in "ab"]
    for thread in threads:
        thread.join(10)
    assert "".join(seen) in ("aaaaabbbbb", "bbbbbaaaaa")


def test_who_pauses_is_passed_by_and_may_go_on() -> None:
    turns, seen = Turns(patience_s=0.1), []
    first = object()
    with turns.step(first):
        pass
    begun = time.monotonic()
    user_on_a_thread(turns, "b", seen, 3).join(10)
    assert seen == ["b"] * 3
    assert time.monotonic() - begun >= 0.1
    with turns.step(first):
        seen.append("a")
    assert seen[-1] == "a"


def test_a_turn_ends_from_any_thread_and_even_within_another_s_step() -> None:
    turns, seen = Turns(patience_s=NEVER_S), []
    first, second = object(), object()
    with turns.step(first):
        pass
    threading.Thread(target=turns.end, args=(first,)).start()
    user_on_a_thread(turns, "b", seen, 1).join(10)
    assert seen == ["b"]
    with turns.step(second):
        turns.end(first)  # as where an abandoned user is collected just then
    waiting = user_on_a_thread(turns, "c", seen, 1)
    waiting.join(0.2)
    assert waiting.is_alive()
    turns.end(second)
    waiting.join(10)
    assert seen == ["b", "c"]


def test_a_step_that_fails_lets_the_next_one_in() -> None:
    turns, seen = Turns(patience_s=0.05), []
    with pytest.raises(ZeroDivisionError), turns.step(object()):
        _ = 1 / 0
    user_on_a_thread(turns, "b", seen, 1).join(10)
    assert seen == ["b"]
