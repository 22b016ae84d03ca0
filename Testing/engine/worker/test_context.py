"""What a job tells: finite numbers, each warning once, hashes of what it made, and how long it will take."""

from __future__ import annotations

import hashlib
import math
import time
from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.engine.worker.context import Pace, Stopped

SENTENCES = {"what": "A.", "why": "B.", "next": "C."}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_told_as_none_with_the_reason(heard, value: float) -> None:
    heard.context().metric("loss", value)
    assert heard[0].value is None and heard[0].why


def test_the_same_warning_is_told_once_for_each_case(heard) -> None:
    context = heard.context()
    for case in ("a", "a", "b", None, None):
        context.warn(ErrorCode.NO_LABEL, **SENTENCES, case=case)
    assert [event.case for event in heard] == ["a", "b", None]


def test_every_event_of_a_request_carries_its_id(heard) -> None:
    context = heard.context(request="r7")
    context.log("hello")
    context.progress(1, 2, unit="case")
    assert {event.request for event in heard} == {"r7"}


def test_an_artifact_carries_the_hash_of_its_content(heard, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    heard.context().artifact("model", tmp_path / "a")
    assert heard[0].sha256 == hashlib.sha256(b"abc").hexdigest()


def test_a_stop_is_followed_only_when_asked_for(heard) -> None:
    heard.context().stop_if_asked()
    with pytest.raises(Stopped):
        heard.context(asked_to_stop=lambda: True).stop_if_asked()


def test_the_time_to_go_follows_the_recent_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    pace = Pace(100, done=10, memory=5)
    assert pace.eta_s(10) is None
    now[0] = 60.0  # a slow start
    assert pace.eta_s(11) == pytest.approx(60 * 89)
    for done in range(12, 31):
        now[0] += 2.0
        told = pace.eta_s(done)
    assert told == pytest.approx(2.0 * 70)
