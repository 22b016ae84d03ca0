"""The rows of a study's exported tables, without what identifies a patient where the study is blinded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .blinding import Blinding
from .quality import strata
from .records import Adjudication, Annotation, Answer, Reading, Said

if TYPE_CHECKING:
    from .study import Study

Row = dict[str, Any]
Measured = Mapping[int, Mapping[str, float | None]]
"""Measured numbers by case id and name."""


class ExportRows:
    """Makes the rows of each table: first what names the record, then its content."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._blinded = study.settings.blinded
        self._blinding = Blinding(study)
        self._labels = {case.id: study.display_name(case) for case in study.cases.all()}
        self._readers = {reader.id: reader.name for reader in study.readers.all()}

    def cases(self, measures: Measured) -> Iterator[Row]:
        """One row a case, with its measured numbers."""
        quality = strata(self._study)
        for case in self._study.cases.all():
            row: Row = {
                **self._case(case.id),
                "simulated": case.simulated,
                "quality": quality[case.id],
                "imported": case.created,
                **_columns("measure", measures.get(case.id, {})),
            }
            identity = {"patient": case.patient, "exam": case.exam, "name": case.name}
            yield row if self._blinded else row | identity

    def series(self) -> Iterator[Row]:
        """One row a series."""
        for series in self._study.cases.all_series():
            row: Row = {
                "series_id": series.id,
                **self._case(series.case_id),
                "role": series.role.value,
                "b_value": series.b_value,
                "calculated": series.calculated,
                "time_index": series.time_index,
                "time_s": series.time_s,
                "sha256": series.sha256,
                "headers": series.headers,
            }
            place = {"name": series.name, "path": self._study.paths.relative(series.path)}
            yield row if self._blinded else row | place

    def readings(self, measures: Measured) -> Iterator[Row]:
        """One row a reading, superseded ones too, with the measured numbers of its case beside it."""
        readings = self._study.readings.all()
        superseded = _superseded(readings)
        for reading in readings:
            yield {
                "reading_id": reading.id,
                **self._scored(reading, superseded),
                "repeat": reading.repeat,
                "started": reading.started,
                "finished": reading.finished,
                "active_s": reading.active_s,
                **_columns("technical_score", _part(reading.technical, "scores")),
                **_columns("visual_score", _part(reading.visual, "scores")),
                **_headers(reading),
                **_columns("measure", measures.get(reading.case_id, {})),
                "technical": reading.technical,
                "visual": reading.visual,
            }

    def adjudications(self) -> Iterator[Row]:
        """One row an adjudication, superseded ones too."""
        adjudications = self._study.adjudications.all()
        superseded = _superseded(adjudications)
        for one in adjudications:
            yield {
                "adjudication_id": one.id,
                **self._scored(one, superseded),
                "settles": " ".join(str(reading_id) for reading_id in one.settles),
                "decided": one.decided,
                "note": self._blinding.text(one.note),
            }

    def annotations(self) -> Iterator[Row]:
        """One row an annotation, superseded and rejected ones too."""
        annotations = self._study.annotations.all()
        superseded = _superseded(annotations)
        for one in annotations:
            row = {
                "annotation_id": one.id,
                **self._said(one, superseded),
                **_columns("changes", one.changes or {}),
            }
            yield row if self._blinded else row | {"path": self._study.paths.relative(one.path)}

    def answers(self) -> Iterator[Row]:
        """One row an answer, superseded and rejected ones too."""
        answers = self._study.answers.all()
        superseded = _superseded(answers)
        for one in answers:
            yield {
                "answer_id": one.id,
                **self._said(one, superseded),
                "software_version": one.software_version,
                **{f"answer.{name}": value for name, value in one.values.items()},
                **{f"probability.{name}": value for name, value in (one.probabilities or {}).items()},
            }

    def runs(self) -> Iterator[Row]:
        """One row a run."""
        content = self._blinding.content
        for run in self._study.runs.all():
            yield {
                "run_id": run.id,
                "kind": run.kind,
                "status": run.status,
                "title": self._blinding.text(run.title),
                "seed": run.seed,
                "created": run.created,
                "started": run.started,
                "finished": run.finished,
                "config": content(run.config),
                "results": content(run.results),
                "versions": content(run.versions),
                "error": content(run.error),
            }

    def _case(self, case_id: int) -> Row:
        return {"case_id": case_id, "case": self._labels[case_id]}

    def _scored(self, one: Reading | Adjudication, superseded: set[int]) -> Row:
        """What a reading and an adjudication have in common."""
        return {
            **self._case(one.case_id),
            "reader": self._readers[one.reader_id],
            "form": one.form,
            "exam_score": one.exam_score,
            "form_version": one.form_version,
            "protocol": one.protocol,
            "superseded": one.id in superseded,
            "supersedes": one.supersedes,
            "software_version": one.software_version,
            "sha256": one.sha256,
            **_columns("score", one.scores),
            **_columns("item", one.values),
        }

    def _said(self, one: Said, superseded: set[int]) -> Row:
        """What an annotation and an answer have in common."""
        return {
            **self._case(one.case_id),
            "task": one.task,
            "origin": one.origin,
            "status": one.status,
            "reader": None if one.reader_id is None else self._readers[one.reader_id],
            "run_id": one.run_id,
            "source": self._blinding.text(one.source),
            "superseded": one.id in superseded,
            "supersedes": one.supersedes,
            "created": one.created,
            "sha256": one.sha256,
        }


def _superseded(records: Iterable[Reading | Adjudication | Annotation | Answer]) -> set[int]:
    """Ids of the records that a later one replaces."""
    return {one.supersedes for one in records if one.supersedes is not None}


def _columns(prefix: str, values: Mapping[str, Any]) -> Row:
    return {f"{prefix}.{name}": value for name, value in sorted(values.items())}


def _headers(reading: Reading) -> Row:
    """What the image headers said about each technical item, whatever the reader then answered."""
    row: Row = {}
    for item, finding in sorted(_part(reading.technical, "found").items()):
        row |= {f"headers.{item}": finding.get("passed"), f"headers.{item}.found": finding.get("found")}
    return row


def _part(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = content.get(name)
    return part if isinstance(part, Mapping) else {}
