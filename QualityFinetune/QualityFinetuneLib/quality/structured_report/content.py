"""What a report holds, apart from DICOM: the same before it is written and after it is read back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ..conditions import Value
from ..scores import Protocol

RecordKind = Literal["reading", "adjudication"]


@dataclass(frozen=True, kw_only=True)
class Number:
    """A measured number with its unit: `1` for a pure number, `image` for grey levels, else a UCUM unit."""

    value: float
    unit: str

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError("a report holds finite numbers; leave a missing one out")


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """One reading or adjudication.

    Attributes:
        kind: whether a reader read, or somebody decided between readings.
        reader: who.
        repeat: 0, or the number of the repeat.
        answers: by item id; items left open are absent.
        scores: by score id; those that could not be derived are absent.
        found: by technical item id, what the image headers say.
        measures: by name.
        finished: when it was finished, with its time zone; whole seconds.
        sha256: hash of the record in the study.
        note: of an adjudication.
    """

    kind: RecordKind
    form: str
    form_version: str
    protocol: Protocol
    reader: str
    answers: Mapping[str, Value]
    scores: Mapping[str, int]
    finished: datetime
    sha256: str
    repeat: int = 0
    found: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, Number] = field(default_factory=dict)
    note: str = ""
