"""Whether the parts of a form fit together: ids, keys, sections, and then its rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .keys import RESERVED_KEYS
from .rule_trial import Problem, Where, rule_problems

if TYPE_CHECKING:
    from .form import Form

EXAM = "exam"
"""The score that every form must have for every protocol: the study keeps it with the reading."""


def problems_of(form: Form) -> list[Problem]:
    """Everything wrong with a form whose single parts are valid."""
    found = [*_names(form), *_keys(form), *_sections(form)]
    # Rules can only be tried out when every name in them means one thing.
    found = found or [problem for protocol in form.protocols for problem in rule_problems(form, protocol)]
    return list(dict.fromkeys(found))


def _names(form: Form) -> Iterator[Problem]:
    owners: list[tuple[str, Where]] = [(option.id, ("options", n, "id")) for n, option in enumerate(form.options)]
    for s, section in enumerate(form.sections):
        owners += [(item.id, ("sections", s, "items", i, "id")) for i, item in enumerate(section.items)]
    for protocol in form.protocols:
        scores: list[tuple[str, Where]] = [
            (score.id, ("scores", n, "id")) for n, score in enumerate(form.scores) if protocol in score.protocols
        ]
        yield from _repeated([*owners, *scores])
        if EXAM not in [name for name, _ in scores]:
            yield Problem(where=("scores",), message=f"there is no score with the id {EXAM} for {protocol}")
    yield from _repeated([(section.id, ("sections", s, "id")) for s, section in enumerate(form.sections)])
    yield from _repeated([(one.id, ("recommendations", n, "id")) for n, one in enumerate(form.recommendations)])


def _repeated(owners: list[tuple[str, Where]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name, where in owners:
        if name in seen:
            yield Problem(where=where, message=f"the id {name} is used twice")
        seen.add(name)


def _keys(form: Form) -> Iterator[Problem]:
    used: dict[str, str] = {}
    for s, section in enumerate(form.sections):
        for i, item in enumerate(section.items):
            where = ("sections", s, "items", i, "key")
            if item.key is None:
                continue
            if item.key in RESERVED_KEYS:
                yield Problem(where=where, message=f"the key {item.key} is already used by 3D Slicer")
            if item.key in used:
                yield Problem(where=where, message=f"the key {item.key} is already used by the item {used[item.key]}")
            used[item.key] = item.id


def _sections(form: Form) -> Iterator[Problem]:
    known = [section.id for section in form.sections]
    for s, section in enumerate(form.sections):
        for i, item in enumerate(section.items):
            if item.section != section.id:
                message = f"the item stands in the section {section.id} but names {item.section}"
                yield Problem(where=("sections", s, "items", i, "section"), message=message)
    named: list[tuple[Where, str | None]] = [(("scores", n), one.section) for n, one in enumerate(form.scores)]
    named += [(("recommendations", n), one.section) for n, one in enumerate(form.recommendations)]
    for where, name in named:
        if name is not None and name not in known:
            message = f"there is no section {name}; the sections are {', '.join(known)}"
            yield Problem(where=(*where, "section"), message=message)
