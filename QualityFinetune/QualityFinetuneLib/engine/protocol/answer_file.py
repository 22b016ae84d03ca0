"""An answer about a whole exam as a prediction leaves it: `predictions/<case>.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...cases.tasks import AnswerKind
from ...common.errors import ErrorCode, UserError
from ...common.files import write_text


class Told(BaseModel):
    """What one of the numbers means."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: str
    name: str
    unit: str


class AnswerFile(BaseModel):
    """What a model says about an exam.

    Attributes:
        answer: numbers by key, as in `cases.answers`: a choice's value, 0 or 1 for each label, or values.
        words: the same as a reader would say it.
        probabilities: of each choice by its short name; None for values.
        looks: how many looks of networks the answer is the mean of.
        uncertainty: by key as in `answer`, where it was asked for or there were several looks: predictive entropy in
            nats of a class, a grade or a label; of a value the standard deviation over the looks, in its unit, None
            for a single look.
        told: names and units of values.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: Literal[1] = 1
    case: str
    task: str
    kind: AnswerKind
    answer: dict[str, float | None] = Field(min_length=1)
    words: str
    probabilities: dict[str, float] | None = None
    told: tuple[Told, ...] = ()
    looks: int = Field(default=1, ge=1)
    uncertainty: dict[str, float | None] | None = None


def read_answer(path: Path) -> AnswerFile:
    """Read one.

    Raises:
        UserError: UNREADABLE_FILE when it is absent, damaged or something else.
    """
    try:
        return AnswerFile.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, ValidationError) as error:
        raise UserError(
            ErrorCode.UNREADABLE_FILE,
            what=f"The answer {path.name} cannot be used.",
            why="The file is absent, damaged, or holds something else.",
            next="Predict this case again.",
        ) from error


def write_answer(path: Path, answer: AnswerFile) -> None:
    """Write it as JSON, completely or not at all."""
    write_text(path, json.dumps(answer.model_dump(mode="json"), indent=1, allow_nan=False, ensure_ascii=False) + "\n")
