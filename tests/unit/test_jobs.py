import threading

import pytest

from rag.errors import DocumentError
from rag.ui.jobs import Jobs, JobState, Reach, Report


def test_a_job_tells_how_far_it_is_and_what_it_gave() -> None:
    go_on, reached = threading.Event(), threading.Event()

    def work(report: Report) -> str:
        report(Reach(1, 2, "a.md"))
        reached.set()
        go_on.wait(10)
        return "all"

    jobs = Jobs()
    job = jobs.start("index", work)
    assert job is not None
    reached.wait(10)
    assert (job.state, job.reach) == (JobState.RUNNING, Reach(1, 2, "a.md"))
    assert jobs.start("index", work) is None
    assert jobs.start("other", lambda _: 1) is not None
    go_on.set()
    job.join(10)
    assert (job.state, job.result) == (JobState.DONE, "all")
    assert jobs.latest("index") is job
    assert jobs.start("index", lambda _: 2) is not None


def test_a_cancelled_job_ends_where_it_reports() -> None:
    jobs, begun = Jobs(), threading.Event()
    done: list[int] = []

    def work(report: Report) -> None:
        for number in range(1_000_000):
            report(Reach(number))
            done.append(number)
            begun.set()

    job = jobs.start("x", work)
    assert job is not None
    begun.wait(10)
    jobs.cancel("x")
    jobs.cancel("nothing of that name")
    job.join(10)
    assert job.state is JobState.CANCELLED
    assert len(done) < 1_000_000


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DocumentError("the disk is a potato"), "the disk is a potato"),
        (OSError("no room"), "no room"),
        (ZeroDivisionError("oops"), "unexpected ZeroDivisionError: oops"),
    ],
)
def test_a_failed_job_says_why(error: Exception, reason: str) -> None:
    def work(_: Report) -> None:
        raise error

    job = Jobs().start("x", work)
    assert job is not None
    job.join(10)
    assert (job.state, job.reason) == (JobState.FAILED, reason)
