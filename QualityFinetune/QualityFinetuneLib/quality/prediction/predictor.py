"""A trained predictor as a JSON file that anyone can read, and what it says about one series."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...cases.roles import Role
from ...common.errors import ErrorCode, UserError
from ...common.files import write_text
from .example import Values
from .features import Features
from .ridge import apply

MOST_MISSING = 0.5
"""With more of its measures missing, a predictor says nothing."""


class Target(BaseModel):
    """What the predicted number is.

    Attributes:
        kind: `severity` is 1 minus the severity of a simulated fault; `reading` is a score that readers gave.
        name: of the score; `quality` for simulated faults.
        form: with `form_version` and `protocol` of the readings.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["severity", "reading"]
    name: str = "quality"
    low: float
    high: float
    form: str | None = None
    form_version: str | None = None
    protocol: str | None = None


class Errors(BaseModel):
    """How far predictions were off on patients that had no part in the training.

    Attributes:
        chance_mae: the error of always predicting the mean of the training examples.
        coverage: share of the examples inside the interval.
        spearman: None where either side does not vary.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    n: int
    patients: int
    mae: float
    rmse: float
    chance_mae: float
    coverage: float
    spearman: float | None = None


class HeldOut(Errors):
    """The same for faults that the training never saw."""

    artefacts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """A predicted quality.

    Attributes:
        value: None where nothing can be said, and `why` then says why.
        low, high: interval with the predictor's level.
        spread: standard deviation over the members of the ensemble.
        remarks: what makes this prediction less certain than the interval tells.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    spread: float | None = None
    why: str | None = None
    remarks: tuple[str, ...] = ()


class QualityPredictor(BaseModel):
    """A ridge ensemble on scaled measures of one role, with the errors that it was found to make.

    Attributes:
        half_width: of the interval; the quantile at `level` of the errors on patients left out.
        simulated: whether it learned from simulated faults, so that it speaks about simulated quality.
        artefacts: the faults that it learned from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    content: Literal["quality-predictor"] = "quality-predictor"
    version: Literal[1] = 1
    role: Role
    target: Target
    measures: tuple[str, ...] = Field(min_length=1)
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    reach: tuple[float, ...]
    strength: float
    members: tuple[tuple[float, ...], ...] = Field(min_length=2)
    level: float = Field(gt=0, lt=1)
    half_width: float = Field(ge=0)
    cross_validated: Errors
    held_out: HeldOut | None = None
    artefacts: tuple[str, ...] = ()
    simulated: bool
    n: int
    patients: int
    seed: int
    software_version: str
    created: str

    @model_validator(mode="after")
    def _fits_together(self) -> QualityPredictor:
        count = len(self.measures)
        if {len(self.centre), len(self.spread), len(self.reach)} != {count}:
            raise ValueError("centre, spread and reach need one number a measure")
        if any(len(one) != count + 1 for one in self.members):
            raise ValueError("each member needs an intercept and one coefficient a measure")
        if min(self.spread) <= 0:
            raise ValueError("spread must be positive")
        return self

    @property
    def features(self) -> Features:
        """How its measures become numbers."""
        return Features(names=self.measures, centre=self.centre, spread=self.spread, reach=self.reach)

    def predict(self, values: Values, *, role: Role) -> Prediction:
        """Quality of a series of that role from its measures.

        Raises:
            UserError: BAD_VALUES for a series of another role than the predictor learned from.
        """
        if role is not self.role:
            raise UserError(
                ErrorCode.BAD_VALUES,
                what=f"The quality of a {role.value} series was not predicted.",
                why=f"This predictor learned from {self.role.value} series only.",
                next=f"Choose a {self.role.value} series, or a predictor trained with --role {role.value}.",
            )
        features = self.features
        missing, beyond = features.missing(values), features.beyond(values)
        if len(missing) > MOST_MISSING * len(self.measures):
            return Prediction(value=None, why=f"{len(missing)} of its {len(self.measures)} measures have no value.")
        each = apply(np.array(self.members), features.vector(values)[None, :])[:, 0]
        value = float(np.clip(each.mean(), self.target.low, self.target.high))
        remarks = []
        if missing:
            remarks.append(f"These measures have no value: {', '.join(missing)}.")
        if beyond:
            remarks.append(f"These measures lie far outside of what training saw: {', '.join(beyond)}.")
        return Prediction(
            value=value,
            low=max(self.target.low, value - self.half_width),
            high=min(self.target.high, value + self.half_width),
            spread=float(each.std(ddof=1)),
            remarks=tuple(remarks),
        )


def save_predictor(path: Path, predictor: QualityPredictor) -> None:
    """Write it as JSON, completely or not at all."""
    write_text(path, json.dumps(predictor.model_dump(mode="json"), indent=1) + "\n")


def load_predictor(path: Path) -> QualityPredictor:
    """Read what `save_predictor` wrote; nothing in the file is executed.

    Raises:
        UserError: UNREADABLE_FILE when it is no text, BAD_CONFIG when it is no predictor of this version.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            ErrorCode.UNREADABLE_FILE,
            what=f"{path.name} could not be read.",
            why=f"{error}.",
            next="Check the path.",
        ) from error
    try:
        return QualityPredictor.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what=f"{path.name} is no quality predictor.",
            why=f"{where}: {first['msg']}.",
            next="Choose a file that quality-finetune quality train-predictor wrote.",
        ) from error
