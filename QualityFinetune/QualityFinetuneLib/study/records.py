"""What the study hands out: frozen records, detached from the database, with absolute paths and UTC times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from ..cases.roles import Role

Protocol = Literal["bpmri", "mpmri"]
Origin = Literal["reader", "model", "imported"]
AnnotationStatus = Literal["draft", "accepted", "corrected", "rejected"]
RunStatus = Literal["pending", "running", "done", "failed", "cancelled"]
Part = Literal["train", "validate", "test"]

PARTS: tuple[Part, ...] = ("train", "validate", "test")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One exam of one patient.

    Attributes:
        patient: the key that splits go by; a pseudonym or the identifier as found.
        exam: study instance UID, or the folder name for plain files; unique for a patient.
        name: what to show where the study is not blinded; unique in the study.
        slug: name of the case's folders under `cases/` and `annotations/`.
    """

    id: int
    patient: str
    exam: str
    name: str
    slug: str
    simulated: bool
    created: datetime


@dataclass(frozen=True, kw_only=True)
class Series:
    """One volume of a case; `path` is absolute and lies inside the study folder.

    Attributes:
        b_value: s/mm2 for diffusion volumes.
        calculated: True for a calculated b-value, False for an acquired one, None where it does not apply.
        time_index: 0-based position among the DCE time points; `time_s` seconds after the first.
        headers: technical DICOM values by keyword; no identity.
    """

    id: int
    case_id: int
    role: Role
    name: str
    path: Path
    b_value: float | None
    calculated: bool | None
    time_index: int | None
    time_s: float | None
    sha256: str
    headers: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class NewSeries:
    """A series to be added with its case. The file is complete and inside the study folder already."""

    role: Role
    name: str
    path: Path
    b_value: float | None = None
    calculated: bool | None = None
    time_index: int | None = None
    time_s: float | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who rates and corrects."""

    id: int
    name: str
    created: datetime


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One reader's form for one case. Never changed: a newer one supersedes it.

    Attributes:
        values: answer by item id; None where the item was left open.
        exam_score: the form's score of the exam; `scores` holds every score that the form derived, by its id.
        technical: what the technical part came to; `visual` the same for the visual part.
        active_s: seconds of work, pauses taken out.
        sha256: hash of the content, see `study.hashes.reading_sha256`.
        supersedes: id of the reading that this one replaces.
        repeat: 0 for the reading that counts; 1, 2, ... for the same reader reading the case again without looking
            at the earlier one, to measure how far readers agree with themselves.
    """

    id: int
    case_id: int
    reader_id: int
    form: str
    form_version: str
    protocol: Protocol
    values: dict[str, Any]
    exam_score: int | None
    scores: dict[str, Any]
    technical: dict[str, Any]
    visual: dict[str, Any]
    started: datetime
    finished: datetime
    active_s: float
    software_version: str
    sha256: str
    supersedes: int | None
    repeat: int = 0


@dataclass(frozen=True, kw_only=True)
class NewReading:
    """A reading to be added; it supersedes the same reader's last one of that case, form and repeat by itself.

    Times carry a time zone; `active_s` is in seconds; `repeat` as in `Reading`.
    """

    case_id: int
    reader_id: int
    form: str
    form_version: str
    protocol: Protocol
    values: Mapping[str, Any]
    exam_score: int | None
    scores: Mapping[str, int | None] = field(default_factory=dict)
    technical: Mapping[str, Any] = field(default_factory=dict)
    visual: Mapping[str, Any] = field(default_factory=dict)
    started: datetime
    finished: datetime
    active_s: float
    repeat: int = 0


@dataclass(frozen=True, kw_only=True)
class Adjudication:
    """What was decided about a case after readers disagreed. Never changed: a newer one supersedes it.

    Attributes:
        reader_id: who decided.
        values: the answers decided on, by item id.
        exam_score: what the form derives from them; `scores` every score by its id.
        note: the decision in words, may be empty.
        settles: ids of the readings that it decides between, in ascending order.
        sha256: hash of the content, see `study.hashes.adjudication_sha256`.
        supersedes: id of the adjudication that this one replaces.
    """

    id: int
    case_id: int
    reader_id: int
    form: str
    form_version: str
    protocol: Protocol
    values: dict[str, Any]
    exam_score: int | None
    scores: dict[str, Any]
    note: str
    settles: tuple[int, ...]
    decided: datetime
    software_version: str
    sha256: str
    supersedes: int | None


@dataclass(frozen=True, kw_only=True)
class NewAdjudication:
    """An adjudication to be added; it supersedes the last one of that case and form by itself.

    `decided` carries a time zone; `settles` names at least one reading of that case and form.
    """

    case_id: int
    reader_id: int
    form: str
    form_version: str
    protocol: Protocol
    values: Mapping[str, Any]
    exam_score: int | None
    scores: Mapping[str, int | None]
    settles: Sequence[int]
    decided: datetime
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What an annotation and an answer have in common: said of a case for a task, by a reader or a model.

    Attributes:
        task: name of the task that asks.
        source: who or what it comes from in words, e.g. a file's origin or a model's name.
        supersedes: id of the record that this one replaces.
    """

    id: int
    case_id: int
    task: str
    origin: Origin
    reader_id: int | None
    run_id: int | None
    source: str
    status: AnnotationStatus
    sha256: str
    supersedes: int | None
    created: datetime


@dataclass(frozen=True, kw_only=True)
class NewSaid:
    """What is given of an annotation or an answer to be added."""

    case_id: int
    task: str
    origin: Origin
    status: AnnotationStatus
    source: str = ""
    reader_id: int | None = None
    run_id: int | None = None
    supersedes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Annotation(Said):
    """A segmentation by a reader or a model. Never changed: accepting, correcting and rejecting add a row.

    Attributes:
        path: the label map, absolute, inside the study folder, on the grid of the case's T2w series.
        sha256: hash of that file.
        changes: how much a reader changed (Dice, ml added and removed), None where nothing was compared.
    """

    path: Path
    changes: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class NewAnnotation(NewSaid):
    """An annotation to be added. The file is complete and inside the study folder already."""

    path: Path
    changes: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Answer(Said):
    """What is known or predicted about a whole exam. Never changed: a newer one supersedes it.

    Attributes:
        values: numbers by key, as in `cases.answers`; None is not known.
        probabilities: of each choice by its short name, for a model's answer; else None.
        sha256: hash of the content, see `study.hashes.answer_sha256`.
    """

    values: dict[str, float | None]
    probabilities: dict[str, float] | None
    software_version: str


@dataclass(frozen=True, kw_only=True)
class NewAnswer(NewSaid):
    """An answer to be added.

    Without `supersedes`, an imported one replaces the last imported one of the case and task, and a reader's the last
    one of the same reader; a model's replaces nothing.
    """

    values: Mapping[str, float | None]
    probabilities: Mapping[str, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Model:
    """A network with weights in a folder of the study; `sha256` is that of its weights file."""

    id: int
    name: str
    card: str
    folder: Path
    sha256: str
    run_id: int | None
    task: str | None
    created: datetime


@dataclass(frozen=True, kw_only=True)
class Run:
    """One finetune, predict or evaluate with its config, seed, versions and results."""

    id: int
    kind: str
    status: RunStatus
    title: str
    config: dict[str, Any]
    seed: int
    versions: dict[str, Any]
    results: dict[str, Any]
    folder: Path
    created: datetime
    started: datetime | None
    finished: datetime | None
    error: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Split:
    """Which case is for what. Kept as made; every case of a patient is in the same part."""

    id: int
    name: str
    seed: int
    fractions: dict[Part, float]
    members: dict[int, Part]
    created: datetime

    def part(self, part: Part) -> list[int]:
        """Ids of the cases in that part, in order."""
        return sorted(case_id for case_id, member in self.members.items() if member == part)
