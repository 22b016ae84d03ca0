"""Where readers disagree, and deciding it: the list of open cases, and a decision as a record of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from ..common.errors import ErrorCode, UserError
from ..quality.form import load_form
from ..quality.reading import FilledForm, fill
from ..study.records import Adjudication, Case, NewAdjudication, Reader, Reading
from ..study.study import Study
from .agreement import comparable, subjects
from .unsaved_form import Answer

Matter = Literal["quality", "exam_score", "any"]
MATTERS: tuple[Matter, ...] = ("quality", "exam_score", "any")


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A case whose readings differ and that nobody has decided since the last of them.

    Attributes:
        readings: ids of the readings that differ, one a reader.
        exam_scores: exam score by reader id.
        differs: items and scores that differ by their ids, each with the value by reader id; `quality` is True for
            high.
        span: largest difference of two exam scores.
    """

    case_id: int
    readings: tuple[int, ...]
    exam_scores: dict[int, int | None]
    differs: dict[str, dict[int, Answer]]
    span: int


def disagreements(study: Study, *, about: Matter = "exam_score") -> list[Disagreement]:
    """Cases to adjudicate, the largest difference of exam scores first.

    Args:
        about: what must differ: high or low quality, the exam score, or anything.
    """
    settled = {
        one.case_id: set(one.settles) for one in study.adjudications.all_current() if one.form == _form_name(study)
    }
    found = []
    for case_id, readings in _by_case(study).items():
        if {reading.id for reading in readings} <= settled.get(case_id, set()):
            continue
        differs = _differs(study, readings)
        if differs if about == "any" else {"quality": "quality", "exam_score": "exam"}[about] in differs:
            scores = {reading.reader_id: reading.exam_score for reading in readings}
            known = [score for score in scores.values() if score is not None]
            found.append(
                Disagreement(
                    case_id=case_id,
                    readings=tuple(reading.id for reading in readings),
                    exam_scores=scores,
                    differs=differs,
                    span=max(known) - min(known) if known else 0,
                )
            )
    return sorted(found, key=lambda one: (-one.span, -len(one.differs), one.case_id))


def undisputed(study: Study, case: Case) -> dict[str, Answer]:
    """Answers on which every reading of the case agrees, by item id: where a decision starts from."""
    readings = _by_case(study).get(case.id, [])
    answers: dict[str, Answer] = {}
    for item in load_form(study.settings.form).items(study.settings.protocol):
        given = [reading.values.get(item.id) for reading in readings]
        if given and given[0] is not None and all(value == given[0] for value in given):
            answers[item.id] = given[0]
    return answers


def adjudicate(
    study: Study,
    case: Case,
    reader: Reader,
    values: Mapping[str, Answer],
    *,
    note: str = "",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Adjudication:
    """Decide the disputed answers of a case; undisputed ones stand unless `values` has them too.

    The decision settles every reading of the case that stands. Readings stay as they are.

    Raises:
        UserError: BAD_READING naming the disputed items that are still open, an unknown item or a value it does not
            allow, or when fewer than two readers have read the case.
    """
    readings = _by_case(study).get(case.id, [])
    name = study.display_name(case)
    if len(readings) < 2:
        raise UserError(
            ErrorCode.BAD_READING,
            what=f"There is nothing to decide about {name}.",
            why=f"{len(readings) or 'No'} reader has read it with the study's form.",
            next="Let a second reader rate the case first.",
        )
    filled = _filled(study, {**undisputed(study, case), **values})
    if missing := filled.score.missing:
        form = load_form(study.settings.form)
        labels = ", ".join(f"{form.item(item).label} ({item})" for item in missing)
        raise UserError(
            ErrorCode.BAD_READING,
            what=f"The adjudication of {name} was not saved.",
            why=f"These items are not decided yet: {labels}.",
            next="Decide them and save again.",
        )
    study.forms.keep(load_form(study.settings.form))
    return study.adjudications.add(
        NewAdjudication(
            case_id=case.id,
            reader_id=reader.id,
            form=filled.form,
            form_version=filled.form_version,
            protocol=filled.protocol,
            values=filled.values,
            exam_score=filled.score.exam,
            scores=dict(filled.score.scores),
            settles=[reading.id for reading in readings],
            decided=now(),
            note=note.strip(),
        )
    )


def _filled(study: Study, values: Mapping[str, Answer]) -> FilledForm:
    form = load_form(study.settings.form)
    return fill(form, values, protocol=study.settings.protocol, options=study.settings.form_options)


def _form_name(study: Study) -> str:
    return load_form(study.settings.form).name


def _by_case(study: Study) -> dict[int, list[Reading]]:
    found: dict[int, list[Reading]] = defaultdict(list)
    for reading in comparable(study):
        found[reading.case_id].append(reading)
    return found


def _differs(study: Study, readings: Sequence[Reading]) -> dict[str, dict[int, Answer]]:
    found = {}
    for subject in subjects(study):
        given = {reading.reader_id: subject.of(reading) for reading in readings}
        if len({value for value in given.values() if value is not None}) > 1:
            found[subject.id] = given
    return found
