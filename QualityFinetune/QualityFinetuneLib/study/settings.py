"""What a site decides for a study, kept as `study.yaml` in the study folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ..quality.distribution.thresholds import ShiftThresholds
from ..quality.rule import QualityRule
from .records import Protocol


class RepeatPlan(BaseModel):
    """Which cases a reader is given to read again, blind to the first reading.

    Attributes:
        share: of the study's cases, the same ones for every reader; 0 asks for no repeat.
        after_days: a case is due this long after its first reading, so that the reader has forgotten it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    share: float = Field(default=0.0, ge=0, le=1)
    after_days: int = Field(default=14, ge=0)


class StudySettings(BaseModel):
    """Settings of one study.

    Attributes:
        quality_rule: how readings become high or low quality; never a constant.
        quality_shift: from which difference of two sets' quality on to warn.
        form: name of the rating form.
        form_options: options of the form that this site switches, by id; the others are as the form says.
        protocol: which sequences the exams are expected to have.
        assisted: readers may see a predicted quality before they have rated a case; otherwise only afterwards.
        repeats: which cases each reader reads again, to measure how far they agree with themselves.
        blinded: show neutral case labels, and leave identity out of exports.
        engine_python: the Python that runs the engine; None takes the one that runs this.
        device: `auto`, `cpu`, `cuda`, `cuda:1` or `mps`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    quality_rule: QualityRule = Field(default_factory=QualityRule)
    quality_shift: ShiftThresholds = Field(default_factory=ShiftThresholds)
    form: str = "pi-qual-v2"
    form_options: dict[str, bool] = Field(default_factory=dict)
    protocol: Protocol = "bpmri"
    assisted: bool = False
    repeats: RepeatPlan = Field(default_factory=RepeatPlan)
    blinded: bool = True
    engine_python: Path | None = None
    device: str = "auto"


class StudyFile(BaseModel):
    """Content of `study.yaml`. A folder is a study when it has this file; it is written last.

    Attributes:
        id: also kept in the database, so that a file never opens another study's database.
        database: URL of a server shared by several stations, without its password; None for `study.sqlite`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: Literal[1] = 1
    id: str
    name: str = Field(min_length=1)
    database: str | None = None
    settings: StudySettings = Field(default_factory=StudySettings)
