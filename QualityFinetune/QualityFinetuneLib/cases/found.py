"""What a scan of a folder found: exams with their series and masks, and one message for each file that failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ..common.errors import ErrorCode
from .roles import Role


class Severity(StrEnum):
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class ImportMessage:
    """One thing to tell about one path: what, why, what next."""

    path: Path
    severity: Severity
    code: ErrorCode
    what: str
    why: str
    next: str


@dataclass(frozen=True, kw_only=True)
class FoundSeries:
    """One volume on disk, readable by `cases.reading.read_series`.

    Attributes:
        paths: the single volume file, or the sorted DICOM slices of this one volume.
        frame: index of the frame when `paths` is one 4D file, else None.
        frames: for multi-frame DICOM, the 0-based frame of each of `paths` (a file occurs once a slice), else None.
        b_value: s/mm2 for diffusion volumes.
        calculated: True for a calculated b-value, False for an acquired one, None where it does not apply.
        time_index: 0-based position among the DCE time points.
        time_s: seconds after the first DCE time point, where the headers tell.
        series_uid: SeriesInstanceUID of DICOM series; None tells that `paths` is one volume file.
        headers: the technical DICOM values that quality checks read, keyed by DICOM keyword; no identity.
    """

    role: Role
    paths: tuple[Path, ...]
    name: str
    frame: int | None = None
    frames: tuple[int, ...] | None = None
    b_value: float | None = None
    calculated: bool | None = None
    time_index: int | None = None
    time_s: float | None = None
    series_uid: str | None = None
    headers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FoundMask:
    """A segmentation file beside the images, matched by name to a task."""

    task: str
    path: Path
    source: str
    """Who made it as far as the file name tells, e.g. `picai_gland_bosma22b`."""


@dataclass(frozen=True, kw_only=True)
class FoundCase:
    """One exam of one patient.

    Attributes:
        patient: the key that splits go by; a pseudonym or the patient identifier as found.
        exam: the study instance UID, or the folder name for plain files.
        name: what to show; unique within a scan.
    """

    patient: str
    exam: str
    name: str
    series: tuple[FoundSeries, ...]
    masks: tuple[FoundMask, ...] = ()
    simulated: bool = False

    def first(self, role: Role) -> FoundSeries | None:
        """The first series with that role, or None."""
        return next((series for series in self.series if series.role is role), None)


@dataclass(frozen=True, kw_only=True)
class ScanResult:
    cases: tuple[FoundCase, ...]
    messages: tuple[ImportMessage, ...]
