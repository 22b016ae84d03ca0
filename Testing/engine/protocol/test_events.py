"""Events are one JSON object a line, and each comes back as what it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.engine.protocol.events import (
    EVENT,
    AnyEvent,
    Artifact,
    Cancelled,
    Done,
    Failed,
    Log,
    Metric,
    Progress,
    Started,
    Warned,
    ends_job,
)

SENTENCES = {"what": "Größe.", "why": "Line\nbreak.", "next": "Do."}
ALL: list[AnyEvent] = [
    Started(kind="predict", pid=1, device="cpu", versions={"torch": "2"}),
    Progress(done=1, total=2, eta_s=None),
    Metric(name="dice", value=0.5, label="PZ", stratum="high"),
    Log(text="ä\nb"),
    Warned(code=ErrorCode.NO_LABEL, **SENTENCES),
    Artifact(role="model", path=Path("a") / "b.nrrd", sha256="0" * 64),
    Failed(code=ErrorCode.OUT_OF_MEMORY, **SENTENCES),
    Cancelled(request="r1"),
    Done(elapsed_s=1.5),
]


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.event)
def test_each_event_is_one_line_and_comes_back(event: AnyEvent) -> None:
    line = event.model_dump_json()
    assert "\n" not in line
    assert EVENT.validate_json(line.encode()) == event
    assert json.loads(line)["version"] == 1


def test_a_key_that_no_one_knows_is_refused() -> None:
    with pytest.raises(ValidationError):
        EVENT.validate_json('{"event": "log", "text": "a", "surprise": 1}')


def test_only_final_events_without_a_request_end_the_job() -> None:
    assert [event.event for event in ALL if ends_job(event)] == ["failed", "done"]
    assert not ends_job(Done(elapsed_s=1, request="r1"))
