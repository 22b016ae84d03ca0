"""Read a report of ours back into what was written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...common.errors import ErrorCode, UserError
from .coding import SCHEME, split
from .content import Number, ReportContent

YES = "373066001"
UNIT_OF = {"1": "1", "[arb'U]": "image"}


def read_report(path: Path) -> ReportContent:
    """What a report written by `write_report` says, read with highdicom.

    Raises:
        UserError: UNREADABLE_FILE when it is no such report.
    """
    from highdicom.sr import srread
    from pydicom.errors import InvalidDicomError

    try:
        report = srread(path)
        return _content(report)
    except (InvalidDicomError, OSError, RuntimeError, ValueError, KeyError, AttributeError) as error:
        raise UserError(
            ErrorCode.UNREADABLE_FILE,
            what=f"{path.name} could not be read.",
            why="It is no report of image quality written by this program.",
            next="Choose a report that was exported from a study.",
        ) from error


def _content(report: Any) -> ReportContent:
    answers: dict[str, Any] = {}
    scores: dict[str, int] = {}
    found: dict[str, str] = {}
    measures: dict[str, Number] = {}
    record: dict[str, str] = {}
    for group in report.content.get_image_measurement_groups():
        for number in group.get_measurements():
            if number.name.scheme_designator != SCHEME:
                continue
            _, kind, name = split(number.name.value)
            if kind == "measure":
                unit = number.unit.value
                measures[name] = Number(value=float(number.value), unit=UNIT_OF.get(unit, unit))
            else:
                (scores if kind == "score" else answers)[name] = int(number.value)
        for evaluation in group.get_qualitative_evaluations():
            if evaluation.name.scheme_designator == SCHEME:
                answers[split(evaluation.name.value)[2]] = _answer(evaluation.value)
        for item in group[0].ContentSequence:
            if item.ValueType == "TEXT" and item.name.scheme_designator == SCHEME:
                _, kind, name = split(item.name.value)
                (found if kind == "found" else record)[name] = str(item.value)
    (observer,) = report.content.get_observer_contexts(observer_type=_person())
    when = datetime.strptime(f"{report.ContentDate}{str(report.ContentTime)[:6]}", "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return ReportContent(
        kind="adjudication" if record["kind"] == "adjudication" else "reading",
        form=record["form"],
        form_version=record["form_version"],
        protocol="mpmri" if record["protocol"] == "mpmri" else "bpmri",
        reader=str(observer.observer_identifying_attributes.name).rstrip("^"),
        answers=answers,
        scores=scores,
        finished=when,
        sha256=record["sha256"],
        repeat=int(record["repeat"]),
        found=found,
        measures=measures,
        note=record.get("note", ""),
    )


def _answer(value: Any) -> bool | int:
    if value.scheme_designator == SCHEME:
        return int(split(value.value)[2].rpartition("=")[2])
    return bool(value.value == YES)


def _person() -> Any:
    from pydicom.sr.codedict import codes

    return codes.DCM.Person
