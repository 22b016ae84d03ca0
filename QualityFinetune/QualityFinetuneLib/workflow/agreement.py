"""How far the readers of a study agree, item by item and score by score: with each other, and with themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..common.errors import ErrorCode, UserError
from ..quality.agreement.many import ManyAgreement, ScaleLevel, agreement_of_many
from ..quality.agreement.ratings import Rating, Ratings
from ..quality.consistency import EXAM
from ..quality.form import Form, load_form
from ..quality.scores import Protocol
from ..study.records import Reader, Reading
from ..study.study import Study

SubjectKind = Literal["quality", "score", "item"]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One thing that readers can agree about.

    Attributes:
        id: of the item or score; `quality` for high against low.
        part: `technical` or `visual` for items, empty otherwise.
        scale: every value that it can take.
        of: its value in a reading, None where the reading has none.
    """

    id: str
    kind: SubjectKind
    title: str
    part: str
    level: ScaleLevel
    scale: tuple[int, ...]
    of: Callable[[Reading], Rating]


@dataclass(frozen=True, kw_only=True)
class SubjectAgreement:
    """Agreement about one subject."""

    id: str
    kind: SubjectKind
    title: str
    part: str
    agreement: ManyAgreement


def between_readers(
    study: Study, readers: Sequence[Reader], *, kinds: Iterable[SubjectKind] = ("quality", "score", "item")
) -> list[SubjectAgreement]:
    """Agreement of these readers over the readings that stand, repeats aside.

    Raises:
        UserError: TOO_FEW_CASES for fewer than two readers.
    """
    if len(readers) < 2:
        known = ", ".join(reader.name for reader in study.readers.all()) or "none"
        raise _too_few("Agreement between readers needs two of them.", f"The study has these readers: {known}.")
    given: dict[int, dict[int, Reading]] = {}
    for reading in comparable(study):
        given.setdefault(reading.case_id, {})[reading.reader_id] = reading
    table = [[of_case.get(reader.id) for reader in readers] for _, of_case in sorted(given.items())]
    return _by_subject(study, table, kinds)


def within_reader(
    study: Study, reader: Reader, *, kinds: Iterable[SubjectKind] = ("quality", "score", "item")
) -> list[SubjectAgreement]:
    """Agreement of a reader with themselves: the reading that stands and each of its repeats.

    Raises:
        UserError: TOO_FEW_CASES when the reader has repeated no case.
    """
    given: dict[int, dict[int, Reading]] = {}
    for reading in comparable(study, repeats=True):
        if reading.reader_id == reader.id:
            given.setdefault(reading.case_id, {})[reading.repeat] = reading
    repeats = max((repeat for of_case in given.values() for repeat in of_case), default=0)
    if repeats == 0:
        raise _too_few(
            f"Agreement of {reader.name} with themselves cannot be measured.",
            "No case was read again as a repeat; a newer reading without that mark is a correction.",
        )
    table = [[of_case.get(repeat) for repeat in range(repeats + 1)] for _, of_case in sorted(given.items())]
    return _by_subject(study, table, kinds)


def comparable(study: Study, *, repeats: bool = False) -> list[Reading]:
    """Readings that stand and were made with the study's form and protocol; others do not convert."""
    form = load_form(study.settings.form)
    return [
        reading
        for reading in study.readings.all_latest(repeats=repeats)
        if reading.form == form.name and reading.protocol == study.settings.protocol
    ]


def subjects(study: Study) -> list[Subject]:
    """High against low quality, then every score, then every item of the study's form."""
    form, protocol = load_form(study.settings.form), study.settings.protocol
    return [_quality(study), *_scores(form, protocol), *_items(form, protocol)]


def _by_subject(
    study: Study, table: list[list[Reading | None]], kinds: Iterable[SubjectKind]
) -> list[SubjectAgreement]:
    wanted = set(kinds)
    return [
        SubjectAgreement(
            id=subject.id,
            kind=subject.kind,
            title=subject.title,
            part=subject.part,
            agreement=_agreement(subject, table),
        )
        for subject in subjects(study)
        if subject.kind in wanted
    ]


def _agreement(subject: Subject, table: list[list[Reading | None]]) -> ManyAgreement:
    rows = [[None if reading is None else subject.of(reading) for reading in row] for row in table]
    # A reading made with an earlier version of the form may hold a value that the present one has no longer.
    found = {int(rating) for row in rows for rating in row if rating is not None}
    return agreement_of_many(Ratings.of(rows, scale=sorted({*subject.scale, *found})), level=subject.level)


def _quality(study: Study) -> Subject:
    rule = study.settings.quality_rule

    def high(reading: Reading) -> Rating:
        stratum = rule.apply(_score(reading, rule.score_id)) if reading.form == rule.form else None
        return None if stratum is None else stratum == "high"

    return Subject(
        id="quality",
        kind="quality",
        title="High against low quality",
        part="",
        level="nominal",
        scale=(0, 1),
        of=high,
    )


def _scores(form: Form, protocol: Protocol) -> list[Subject]:
    possible = form.possible_scores(protocol)

    def of(name: str) -> Callable[[Reading], Rating]:
        return lambda reading: _score(reading, name)

    return [
        Subject(
            id=one.id,
            kind="score",
            title=one.title,
            part=one.part or "",
            level="ordinal",
            scale=possible[one.id],
            of=of(one.id),
        )
        for one in form.scores_for(protocol)
    ]


def _items(form: Form, protocol: Protocol) -> list[Subject]:
    def of(name: str) -> Callable[[Reading], Rating]:
        return lambda reading: reading.values.get(name)

    return [
        Subject(
            id=item.id,
            kind="item",
            title=item.label,
            part=item.part,
            level="ordinal" if item.kind == "scale" else "nominal",
            scale=tuple(int(value) for value in item.allowed),
            of=of(item.id),
        )
        for item in form.items(protocol)
    ]


def _score(reading: Reading, name: str) -> int | None:
    score: int | None = reading.exam_score if name == EXAM else reading.scores.get(name)
    return score


def _too_few(what: str, why: str) -> UserError:
    return UserError(
        ErrorCode.TOO_FEW_CASES,
        what=what,
        why=why,
        next="Let a second reader rate the cases, or one reader rate them again as a repeat.",
    )
