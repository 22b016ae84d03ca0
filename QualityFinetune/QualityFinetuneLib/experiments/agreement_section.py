"""What a report tells about agreement: between readers, within readers, and what was adjudicated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..common.errors import UserError
from ..quality.agreement.many import ManyAgreement
from ..quality.agreement.statistic import Statistic
from ..quality.form import load_form
from ..study.records import Reader, Reading
from ..study.study import Study
from ..workflow.adjudicating import disagreements
from ..workflow.agreement import Subject, SubjectAgreement, between_readers, comparable, subjects, within_reader

KAPPA = ("kappa_quadratic", "kappa", "fleiss")
AC = ("ac2_quadratic", "ac1")
"""Of each the first that suits the scale: weighted for scores, plain for yes or no; Fleiss' for more readers."""


@dataclass(frozen=True, kw_only=True)
class AgreementLine:
    """Agreement about one item or score."""

    kind: str
    title: str
    part: str
    cases: int
    percent: Statistic
    kappa: Statistic
    kappa_name: str
    ac: Statistic
    ac_name: str
    limits: str
    """Bland and Altman's bias and limits in words, where there are any."""


@dataclass(frozen=True, kw_only=True)
class Crossed:
    """How two readings of each case fall together on one score; `counts[i][j]` is the cases of first i, second j."""

    title: str
    first: str
    second: str
    scale: tuple[int, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One comparison: between readers, or within one of them."""

    title: str
    lines: tuple[AgreementLine, ...]
    crossed: tuple[Crossed, ...]


@dataclass(frozen=True, kw_only=True)
class AgreementSection:
    """Everything about agreement.

    Attributes:
        why_none: why there is no comparison between readers; empty where there is one.
        open: cases whose exam scores differ and that nobody has decided; `decided` those that somebody has.
    """

    between: Compared | None
    why_none: str
    within: tuple[Compared, ...]
    open: int
    decided: int
    reasons: tuple[str, ...]


def agreement_section(study: Study, *, blinded: bool) -> AgreementSection:
    """Compare the readers of a study with each other, and each with their repeats.

    Args:
        blinded: readers are called by number.
    """
    standing = comparable(study, repeats=True)
    reading = {one.reader_id for one in standing}
    readers = [one for one in study.readers.all() if one.id in reading]
    names = {one.id: f"Reader {number}" if blinded else one.name for number, one in enumerate(readers, start=1)}
    between, why_none = _between(study, readers, names, standing)
    within = tuple(
        Compared(
            title=names[one.id],
            lines=_lines(within_reader(study, one)),
            crossed=_crossed(study, _of_reader(standing, one), ("first reading", "repeat")),
        )
        for one in readers
        if any(reading.repeat and reading.reader_id == one.id for reading in standing)
    )
    shown = [*([between] if between else []), *within]
    form = load_form(study.settings.form).name
    return AgreementSection(
        between=between,
        why_none=why_none,
        within=within,
        open=len(disagreements(study)),
        decided=sum(one.form == form for one in study.adjudications.all_current()),
        reasons=tuple(dict.fromkeys(_reasons(shown))),
    )


def _between(
    study: Study, readers: Sequence[Reader], names: dict[int, str], standing: Iterable[Reading]
) -> tuple[Compared | None, str]:
    try:
        found = between_readers(study, readers)
    except UserError:
        count = {0: "Nobody has", 1: "Only one reader has"}[len(readers)]
        return None, f"{count} rated cases with the study's form, so agreement between readers cannot be told."
    if not any(one.agreement.cases for one in found):
        return None, "No case was rated by two readers, so their agreement cannot be told."
    crossed: tuple[Crossed, ...] = ()
    if len(readers) == 2:
        first, second = readers
        pairs: dict[int, list[Reading | None]] = {}
        for place, reader in enumerate((first, second)):
            for one in standing:
                if one.reader_id == reader.id and one.repeat == 0:
                    pairs.setdefault(one.case_id, [None, None])[place] = one
        crossed = _crossed(study, pairs.values(), (names[first.id], names[second.id]))
    return Compared(title=" and ".join(names.values()), lines=_lines(found), crossed=crossed), ""


def _of_reader(standing: Iterable[Reading], reader: Reader) -> list[list[Reading | None]]:
    pairs: dict[int, list[Reading | None]] = {}
    for one in standing:
        if one.reader_id == reader.id and one.repeat < 2:
            pairs.setdefault(one.case_id, [None, None])[one.repeat] = one
    return list(pairs.values())


def _crossed(study: Study, pairs: Iterable[Sequence[Reading | None]], names: tuple[str, str]) -> tuple[Crossed, ...]:
    """Tables of the scores that are not of one part only, so that few pictures tell the whole."""
    wanted: list[Subject] = [one for one in subjects(study) if one.kind == "score" and not one.part]
    found = []
    rows = [(first, second) for first, second in pairs if first is not None and second is not None]
    for subject in wanted:
        given = [(subject.of(first), subject.of(second)) for first, second in rows]
        known = [(int(a), int(b)) for a, b in given if a is not None and b is not None]
        if known:
            scale = tuple(sorted({*subject.scale, *(value for pair in known for value in pair)}))
            counts = tuple(tuple(known.count((a, b)) for b in scale) for a in scale)
            found.append(Crossed(title=subject.title, first=names[0], second=names[1], scale=scale, counts=counts))
    return tuple(found)


def _lines(found: Iterable[SubjectAgreement]) -> tuple[AgreementLine, ...]:
    return tuple(_line(one) for one in found)


def _line(one: SubjectAgreement) -> AgreementLine:
    statistics = one.agreement.statistics
    kappa = next((name for name in KAPPA if name in statistics), "")
    ac = next((name for name in AC if name in statistics), "")
    return AgreementLine(
        kind=one.kind,
        title=one.title,
        part=one.part,
        cases=one.agreement.cases,
        percent=statistics["observed"],
        kappa=statistics.get(kappa, Statistic()),
        kappa_name={"kappa_quadratic": "weighted", "fleiss": "Fleiss"}.get(kappa, ""),
        ac=statistics.get(ac, Statistic()),
        ac_name={"ac2_quadratic": "AC2", "ac1": "AC1"}.get(ac, ""),
        limits=_limits(one.agreement),
    )


def _limits(agreement: ManyAgreement) -> str:
    found = agreement.differences
    if found is None or None in (found.bias.value, found.lower.value, found.upper.value):
        return ""
    return f"{found.bias.value:+.2f} ({found.lower.value:+.2f} to {found.upper.value:+.2f})"


def _reasons(compared: Iterable[Compared]) -> Iterable[str]:
    for one in compared:
        for line in one.lines:
            yield from (each.reason for each in (line.percent, line.kappa, line.ac) if each.reason)
