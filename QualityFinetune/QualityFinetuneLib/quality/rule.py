"""The quality rule: which score makes a case high or low quality. Always a setting of the study, never a constant."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..common.errors import ErrorCode, UserError
from .consistency import EXAM
from .form import Form
from .pi_qual import Score
from .scores import Protocol

Stratum = Literal["high", "low"]


class QualityRule(BaseModel):
    """High quality means that a score of a form reaches a threshold.

    `kind` is `exam_score_at_least`, or `section_score_at_least` with `section` naming the score, e.g. `t2w`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["exam_score_at_least", "section_score_at_least"] = "exam_score_at_least"
    form: str = Field(default="pi-qual-v2", min_length=1)
    section: str | None = None
    threshold: int = 2

    @model_validator(mode="after")
    def _names_a_section_if_it_needs_one(self) -> QualityRule:
        if (self.kind == "section_score_at_least") is (self.section is None):
            raise ValueError("section names the score of a rule of the kind section_score_at_least, and only of that")
        return self

    @property
    def score_id(self) -> str:
        """Id of the score that it looks at."""
        return EXAM if self.section is None else self.section

    def apply(self, score_value: int | None) -> Stratum | None:
        """High or low for the value of the score that the rule looks at; None where there is no value."""
        if score_value is None:
            return None
        return "high" if score_value >= self.threshold else "low"

    def stratum(self, score: Score) -> Stratum | None:
        """High or low for a scored reading; None if incomplete or made with another form, which does not convert."""
        return self.apply(score.scores.get(self.score_id)) if score.form == self.form else None

    def describe(self, form: Form | None = None) -> str:
        """The rule as one sentence; with the form it uses the form's own words."""
        title = form.title if form else self.form
        named = next((one for one in form.scores if one.id == self.score_id), None) if form else None
        what = named.title if named else "exam score" if self.section is None else f"{self.section} score"
        value = str(self.threshold)
        if named and self.threshold in named.labels:
            value = f"{self.threshold} ({named.labels[self.threshold]})"
        return f"High quality means: {what} of {title} is at least {value}."

    def check(self, form: Form, protocol: Protocol) -> None:
        """Refuse a rule that cannot split: an unknown score, or a threshold that all or no cases reach.

        Raises:
            UserError: BAD_CONFIG naming what the form offers.
        """
        possible = form.possible_scores(protocol)
        if self.form != form.name:
            raise self._refused(f"It is made for the form {self.form}, and the study uses {form.name}.")
        if self.score_id not in possible:
            raise self._refused(f"{form.title} has these scores for {protocol}: {', '.join(possible)}.")
        values = possible[self.score_id]
        if not values[0] < self.threshold <= values[-1]:
            listed = ", ".join(str(value) for value in values[1:])
            raise self._refused(f"Only the thresholds {listed} separate high from low.")

    def _refused(self, why: str) -> UserError:
        return UserError(
            ErrorCode.BAD_CONFIG,
            what=f"The quality rule ({self.describe()[:-1]}) cannot be used.",
            why=why,
            next="Choose another rule in the study's settings.",
        )
