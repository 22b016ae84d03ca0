"""From values to scores, one derived score after the other, each with the reason for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .conditions import Value
from .scores import PLACEHOLDER, DerivedScore, Outcome

Show = Callable[[str, Value], str]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One derived score and why it has its value."""

    score: str
    title: str
    value: int
    reason: str

    def __str__(self) -> str:
        return f"{self.title}: {self.reason}"


def matching(score: DerivedScore, known: Mapping[str, Value]) -> list[Outcome]:
    """The outcomes that hold for the known values; one, if the form is consistent."""
    held: list[Outcome] = [rule for rule in score.rules if rule.when.holds(known)]
    if not held and score.otherwise is not None:
        return [score.otherwise]
    return held


def value_of(outcome: Outcome, known: Mapping[str, Value]) -> int:
    """The number that an outcome gives."""
    return int(known[outcome.score]) if isinstance(outcome.score, str) else outcome.score


def derive(score: DerivedScore, known: Mapping[str, Value], *, possible: int, show: Show) -> Step | None:
    """The value of one score, or None while something that it depends on is unknown.

    Args:
        known: answered items, options, and scores derived before.
        possible: the most points that the score can reach.
        show: how to write the value of an id in a reason.
    """
    if any(name not in known for name in score.depends_on):
        return None
    if score.points is not None:
        points = sum(int(known[name]) for name in score.points)
        reason = score.reason.replace("{points}", str(points)).replace("{possible}", str(possible))
        return Step(score=score.id, title=score.title, value=points, reason=reason)
    outcome = matching(score, known)[0]
    reason = PLACEHOLDER.sub(lambda match: show(match[1], known[match[1]]), outcome.reason)
    return Step(score=score.id, title=score.title, value=value_of(outcome, known), reason=reason)
