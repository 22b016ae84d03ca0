"""A connection tells how each job ended, whatever became of the worker and whenever."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from QualityFinetuneLib.engine.client.connection import Connection
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Done, Failed, Log

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for Python is a shell script")
DONE = '{"version": 1, "event": "done", "elapsed_s": 1.0}'


def connected(python: Path, *, job: bool) -> Connection:
    return Connection(python, ["--standby"], dict(os.environ), job=job)


def heard(connection: Connection) -> AnyEvent:
    return connection.events.get(timeout=20.0)


def ended(connection: Connection) -> None:
    connection.process.wait(timeout=20.0)


def test_each_job_has_its_end_and_then_the_next_may_begin(fake_python: Callable[[str], Path]) -> None:
    connection = connected(fake_python(f"while read line; do echo \"got $line\"; echo '{DONE}'; done"), job=False)
    for name in ("one", "two"):
        connection.begin()
        assert connection.send(name)
        said = heard(connection)
        assert isinstance(said, Log) and said.text == f"got {name}"
        assert isinstance(heard(connection), Done)
    connection.end(timeout_s=5.0)
    time.sleep(0.2)
    later = [connection.events.get() for _ in range(connection.events.qsize())]
    assert not connection.alive
    assert not any(isinstance(event, Failed) for event in later), "an end that nobody waits for is no failure"


def test_a_death_within_a_job_is_told_once_with_its_last_words(fake_python: Callable[[str], Path]) -> None:
    connection = connected(fake_python("read line; echo 'no such library' >&2; exit 3"), job=False)
    connection.begin()
    connection.send("job")
    said = heard(connection)
    assert isinstance(said, Failed) and "no such library" in said.why
    ended(connection)
    time.sleep(0.2)
    assert connection.events.empty()


def test_a_death_before_the_job_is_told_when_the_job_begins(fake_python: Callable[[str], Path]) -> None:
    connection = connected(fake_python("exit 3"), job=False)
    ended(connection)
    time.sleep(0.2)
    assert connection.events.empty()
    connection.begin()
    assert isinstance(heard(connection), Failed)
    connection.send("job")
    time.sleep(0.2)
    assert connection.events.empty()


def test_what_is_said_to_nobody_is_not_said(fake_python: Callable[[str], Path]) -> None:
    connection = connected(fake_python("exec sleep 60"), job=True)
    connection.close_stdin()
    connection.close_stdin()
    assert not connection.send("anything")
    connection.end(timeout_s=0.0)
    assert isinstance(heard(connection), Failed)
