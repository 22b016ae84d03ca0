"""Rules tried out over every combination of values: each combination must give exactly one score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from .conditions import Condition, Value, same
from .derivation import matching, value_of
from .scores import PLACEHOLDER, DerivedScore, Protocol

if TYPE_CHECKING:
    from .form import Form

MOST_COMBINATIONS = 50_000
"""More than this for one score takes seconds to check; such a score is split into steps."""

Domains = dict[str, tuple[Value, ...]]
Where = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong, and where in the file: keys and list positions from the top."""

    where: Where
    message: str


def rule_problems(form: Form, protocol: Protocol) -> Iterator[Problem]:
    """Problems of each score, given the values that what it depends on can take."""
    domains = _domains(form, protocol)
    optional = {item.id for item in form.items(protocol) if not item.required}
    for n, score in enumerate(form.scores):
        if protocol not in score.protocols:
            continue
        found = [*_references(score, domains, optional, protocol)] or [*_outcomes(score, domains, protocol)]
        yield from (Problem(where=("scores", n, *problem.where), message=problem.message) for problem in found)
        if found:
            return  # later scores may build on this one
        domains[score.id] = tuple(sorted(_reached(score, domains)))


def _references(score: DerivedScore, domains: Domains, optional: set[str], protocol: str) -> Iterator[Problem]:
    for p, name in enumerate(score.points or ()):
        yield from _reference(name, ("points", p), domains, optional, protocol)
    for r, rule in enumerate(score.rules):
        for comparison in rule.when.comparisons():
            assert comparison.of is not None  # comparisons name something
            where: Where = ("rules", r, "when")
            unknown = [*_reference(comparison.of, where, domains, optional, protocol)]
            yield from unknown or _comparison(comparison, where, domains)
    allowed = set(score.depends_on)
    places: list[Where] = [("rules", r) for r in range(len(score.rules))] + [("otherwise",)]
    for place, outcome in zip(places, score.outcomes(), strict=False):
        if isinstance(outcome.score, str):
            yield from _reference(outcome.score, (*place, "score"), domains, optional, protocol)
        for name in PLACEHOLDER.findall(outcome.reason):
            if name not in allowed:
                message = f"the reason names {name}, which the score does not depend on"
                yield Problem(where=(*place, "reason"), message=message)


def _reference(name: str, where: Where, domains: Domains, optional: set[str], protocol: str) -> Iterator[Problem]:
    if name not in domains:
        message = f"{name} is no item, option or earlier score of {protocol}; there are {', '.join(domains)}"
        yield Problem(where=where, message=message)
    elif name in optional:
        yield Problem(where=where, message=f"the score depends on {name}, so that item must be required")


def _comparison(comparison: Condition, where: Where, domains: Domains) -> Iterator[Problem]:
    assert comparison.of is not None
    domain = domains[comparison.of]
    for value in comparison.compared_values():
        if not any(same(value, allowed) for allowed in domain):
            listed = ", ".join(_yaml(allowed) for allowed in domain)
            message = f"{comparison.of} is never {_yaml(value)}; its values are {listed}"
            yield Problem(where=where, message=message)


def _outcomes(score: DerivedScore, domains: Domains, protocol: str) -> Iterator[Problem]:
    if score.points is not None:
        return
    names = score.depends_on
    count = prod(len(domains[name]) for name in names)
    if count > MOST_COMBINATIONS:
        message = f"{count} combinations are too many to check; derive it in smaller steps"
        yield Problem(where=("rules",), message=message)
        return
    used: set[int] = set()
    for known in combinations(names, domains):
        held = matching(score, known)
        used |= {id(outcome) for outcome in held}
        shown = ", ".join(f"{name} = {_yaml(value)}" for name, value in known.items())
        if not held:
            yield Problem(where=("rules",), message=f"no rule gives a score in {protocol} for {shown}")
            return
        values = {value_of(outcome, known) for outcome in held}
        if len(values) > 1:
            position = score.rules.index(held[-1])  # type: ignore[arg-type]
            listed = " and ".join(str(value) for value in sorted(values))
            message = f"rules contradict each other in {protocol}: {shown} scores {listed}"
            yield Problem(where=("rules", position), message=message)
            return
    for r, rule in enumerate(score.rules):
        if id(rule) not in used:
            yield Problem(where=("rules", r), message=f"this rule never applies in {protocol}")


def _yaml(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def possible_values(form: Form, protocol: Protocol) -> dict[str, tuple[int, ...]]:
    """For each score of the protocol, every value that it can take, in ascending order."""
    domains = _domains(form, protocol)
    values: dict[str, tuple[int, ...]] = {}
    for score in form.scores_for(protocol):
        values[score.id] = domains[score.id] = tuple(sorted(_reached(score, domains)))
    return values


def combinations(names: tuple[str, ...], domains: Mapping[str, tuple[Value, ...]]) -> Iterator[dict[str, Value]]:
    """Every combination of values of these names."""
    for values in product(*(domains[name] for name in names)):
        yield dict(zip(names, values, strict=True))


def _domains(form: Form, protocol: Protocol) -> Domains:
    items: Domains = {item.id: item.allowed for item in form.items(protocol)}
    return {**items, **{option.id: (False, True) for option in form.options}}


def _reached(score: DerivedScore, domains: Mapping[str, tuple[Value, ...]]) -> set[int]:
    if score.points is not None:
        sums = {0}
        for name in score.points:
            sums = {total + int(value) for total in sums for value in domains[name]}
        return sums
    every = combinations(score.depends_on, domains)
    return {value_of(matching(score, known)[0], known) for known in every}
