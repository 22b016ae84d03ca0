"""How a form derives a score: points added up, or rules of which exactly one outcome holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .conditions import Condition

ID_PATTERN = r"^[a-z][a-z0-9_]*$"
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")

Protocol = Literal["bpmri", "mpmri"]
PROTOCOLS: tuple[Protocol, ...] = ("bpmri", "mpmri")
Part = Literal["technical", "visual"]
Evidence = Literal["V", "S", "I"]
"""V read in the primary source, S read second-hand, I our own inference."""


class Outcome(BaseModel):
    """A score and why it is given.

    `score` is a number, or the id of an item or of an earlier score whose value is taken over.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    score: int | str
    reason: str = Field(min_length=1)
    """One plain sentence; `{id}` stands for the value of an item or score that this score depends on."""


class ScoreRule(Outcome):
    """An outcome with the condition under which it holds."""

    when: Condition


class DerivedScore(BaseModel):
    """One score of a form.

    Either `points` (ids whose values are added up; yes counts 1), or `rules` with an optional `otherwise`. The rules
    have no order: for every combination of values exactly one outcome must hold, which is checked on loading.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=ID_PATTERN)
    title: str
    help: str = ""
    section: str | None = None
    part: Part | None = None
    protocols: tuple[Protocol, ...] = PROTOCOLS
    evidence: Evidence | None = None
    unofficial: bool = False
    labels: Mapping[int, str] = Field(default_factory=dict)
    """What to show for a value, e.g. 0 as "-" and 1 as "+"."""
    points: tuple[str, ...] | None = Field(default=None, min_length=1)
    reason: str = "{points} of {possible} points."
    """Of `points`: `{points}` reached and `{possible}` to reach."""
    rules: tuple[ScoreRule, ...] = ()
    otherwise: Outcome | None = None

    @model_validator(mode="after")
    def _has_one_way(self) -> DerivedScore:
        if (self.points is None) is (not self.rules):
            raise ValueError("a score is derived either from points or from rules")
        if self.points is not None and self.otherwise is not None:
            raise ValueError("otherwise belongs to rules, not to points")
        return self

    def outcomes(self) -> Iterator[Outcome]:
        """Every outcome that its rules can give."""
        yield from self.rules
        if self.otherwise is not None:
            yield self.otherwise

    @cached_property
    def depends_on(self) -> tuple[str, ...]:
        """Ids of what it is derived from, each once, in the order of the file."""
        names: list[str] = list(self.points or ())
        for rule in self.rules:
            names += [comparison.of for comparison in rule.when.comparisons() if comparison.of is not None]
        names += [outcome.score for outcome in self.outcomes() if isinstance(outcome.score, str)]
        return tuple(dict.fromkeys(names))

    def shown(self, value: int) -> str:
        """The value as a reader sees it."""
        return self.labels.get(value, str(value))
