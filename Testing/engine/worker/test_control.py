"""The worker hears cancel, requests, and the silence of a client that is gone."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time

import pytest

from QualityFinetuneLib.engine.protocol.exit_codes import ExitCode
from QualityFinetuneLib.engine.worker.control import Control

NEVER_STOPS = """
import sys, time
from QualityFinetuneLib.engine.worker.control import Control
Control(grace_s=0.3).listen(sys.stdin.buffer)
print("listening", flush=True)
while True:
    time.sleep(0.1)
"""


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch) -> Control:
    """One whose deadline, if it came to it, would not end the test."""
    monkeypatch.setattr(os, "_exit", lambda code: None)
    return Control(grace_s=60.0)


def test_a_cancel_line_asks_to_stop(control: Control) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stream:
        control.listen(stream)
        os.write(writer, b'{"request": "r1"}\n\ncancel\n')
        assert control.stop.wait(5)
        assert not control.alone.is_set()
        assert control.lines.get(timeout=5) == '{"request": "r1"}'
        assert control.lines.get(timeout=5) is None
        os.close(writer)
        assert control.alone.wait(5)


def test_the_end_of_stdin_asks_to_stop(control: Control) -> None:
    control.listen(io.BytesIO(b""))
    assert control.alone.wait(5)
    assert control.stop.is_set()


def test_being_abandoned_twice_is_once(control: Control) -> None:
    control.abandon()
    control.abandon()
    assert control.lines.get(timeout=1) is None
    assert control.lines.empty()


def test_a_job_that_does_not_stop_in_time_is_ended() -> None:
    process = subprocess.Popen([sys.executable, "-c", NEVER_STOPS], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdin is not None
    process.stdout.readline()
    time.sleep(0.5)
    assert process.poll() is None, "it must live as long as somebody listens"
    process.stdin.close()
    assert process.wait(timeout=10) == ExitCode.ABANDONED
    process.stdout.close()


@pytest.mark.skipif(os.name == "nt", reason="parents are watched on POSIX")
def test_the_parents_death_is_noticed_though_stdin_stays_open(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    parents = iter([100, 100, 1, 1])
    monkeypatch.setattr(os, "getppid", lambda: next(parents, 1))
    monkeypatch.setattr("QualityFinetuneLib.engine.worker.control._PARENT_CHECK_S", 0.01)
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stream:
        control.listen(stream)
        assert control.alone.wait(5)
        os.close(writer)
