"""Work in a thread: progress, cancel, failure, and an end that is never waited for without limit."""

from __future__ import annotations

import threading
import time
from typing import Any

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.widgets.background import BackgroundTask


def finished(task: BackgroundTask[Any]) -> BackgroundTask[Any]:
    task.start()
    deadline = time.monotonic() + 10
    while not task.poll():
        assert time.monotonic() < deadline
    return task


def test_the_result_comes_back_with_the_last_progress() -> None:
    def work(report: Any) -> str:
        report(1, 2)
        report(2, 2)
        return "done"

    task = finished(BackgroundTask(work))
    assert (task.result, task.done, task.total, task.phase) == ("done", 2, 2, 0)


def test_counting_something_else_is_another_phase() -> None:
    def work(report: Any) -> None:
        for done, total in ((1, 9), (9, 9), (1, 2), (2, 2)):
            report(done, total)

    assert finished(BackgroundTask(work)).phase == 1


def test_a_cancel_stops_at_the_next_report_even_in_work_that_tolerates_failures() -> None:
    reached: list[int] = []
    go_on = threading.Event()

    def work(report: Any) -> None:
        for number in range(5):
            try:
                report(number, 5)
                reached.append(number)
                go_on.wait(5)
            except Exception as error:
                raise AssertionError("a cancel is no failure") from error

    task = BackgroundTask(work)
    task.start()
    task.cancel()
    go_on.set()
    finished_at = time.monotonic() + 5
    while not task.poll():
        assert time.monotonic() < finished_at
    assert task.cancelled and task.error is None and len(reached) <= 1


def test_a_told_failure_is_kept_as_it_is() -> None:
    error = UserError(ErrorCode.DISK_FULL, what="Full.", why="No room.", next="Free some.")

    def work(_report: Any) -> None:
        raise error

    assert finished(BackgroundTask(work)).error is error


def test_a_bug_is_told_with_its_name(caplog: Any) -> None:
    def work(_report: Any) -> None:
        raise KeyError("gone")

    error = finished(BackgroundTask(work)).error
    assert error is not None and error.code is ErrorCode.INTERNAL and "KeyError" in error.why


def test_closing_waits_only_so_long() -> None:
    stop = threading.Event()
    task = BackgroundTask(lambda _report: stop.wait(30))
    task.start()
    started = time.monotonic()
    assert not task.close(timeout_s=0.1)
    assert time.monotonic() - started < 2
    stop.set()
    assert task.close(timeout_s=5)
