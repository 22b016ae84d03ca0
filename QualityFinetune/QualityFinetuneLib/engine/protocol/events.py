"""Events: what a worker says, one JSON object a line on stdout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ...common.errors import ErrorCode
from .jobs import Quality


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    version: Literal[1] = 1
    request: str | None = None
    """Which request of a `serve` job this belongs to."""


class Started(_Event):
    event: Literal["started"] = "started"
    kind: str
    pid: int
    device: str
    versions: dict[str, str]


class Progress(_Event):
    """`done` of `total` units (`unit`: step, case ...); `eta_s` seconds to go, None while unknown."""

    event: Literal["progress"] = "progress"
    done: int
    total: int
    unit: str = "step"
    eta_s: float | None = None


class Metric(_Event):
    """One number. NaN is told as None with `why`."""

    event: Literal["metric"] = "metric"
    name: str
    value: float | None
    unit: str = ""
    epoch: int | None = None
    step: int | None = None
    case: str | None = None
    label: str | None = None
    stratum: Quality | Literal["all"] | None = None
    why: str | None = None


class Log(_Event):
    event: Literal["log"] = "log"
    text: str


class Warned(_Event):
    event: Literal["warning"] = "warning"
    code: ErrorCode
    what: str
    why: str
    next: str
    case: str | None = None


class Artifact(_Event):
    """A complete file: `role` is `model`, `checkpoint`, `prediction`, `metrics` ...; sha256 in hex."""

    event: Literal["artifact"] = "artifact"
    role: str
    path: Path
    sha256: str
    case: str | None = None


class Failed(_Event):
    event: Literal["failed"] = "failed"
    code: ErrorCode
    what: str
    why: str
    next: str


class Cancelled(_Event):
    event: Literal["cancelled"] = "cancelled"


class Done(_Event):
    event: Literal["done"] = "done"
    elapsed_s: float


Event = Annotated[
    Started | Progress | Metric | Log | Warned | Artifact | Failed | Cancelled | Done,
    Field(discriminator="event"),
]
AnyEvent = Started | Progress | Metric | Log | Warned | Artifact | Failed | Cancelled | Done
EVENT: TypeAdapter[AnyEvent] = TypeAdapter(Event)
FINAL = (Failed, Cancelled, Done)
"""Events after which a job (or, where `request` is set, that request) says nothing more."""


def ends_job(event: AnyEvent) -> bool:
    """True for the event after which the worker itself ends, not only one request of a serving engine."""
    return isinstance(event, FINAL) and event.request is None
