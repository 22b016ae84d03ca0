"""Take a study's tables and masks out of it, without what identifies a patient where the study is blinded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .blinding import Blinding
from .csv_files import write_csv
from .errors import bad_values
from .quality import strata
from .records import Annotation, Case, Reading
from .slugs import slug

if TYPE_CHECKING:
    from .study import Study

MASK_FORMATS = ("nii.gz", "nii", "nrrd", "mha")

Row = dict[str, Any]
Measured = Mapping[int, Mapping[str, float | None]]


def export_tables(study: Study, folder: Path, *, measures: Measured | None = None) -> list[Path]:
    """Write `cases`, `series`, `readings`, `annotations`, `runs`, `adjudications` and `answers`, each with `.csv`.

    In a blinded study cases have their neutral labels, there is no patient key, exam, name or path, and texts that
    hold one are rid of it.

    Args:
        measures: measured numbers by case id and name, e.g. `{7: {"t2w.snr": 21.5}}`; they become columns of
            `cases.csv` and, beside what readers saw, of `readings.csv`.

    Returns:
        The files written.
    """
    return [
        write_csv(folder / f"{name}.csv", rows, columns=columns)
        for name, rows, columns in (
            ("cases", _cases(study, measures or {}), ("case_id", "case", "simulated", "quality", "imported")),
            (
                "series",
                _series(study),
                ("series_id", "case_id", "case", "role", "b_value", "calculated", "time_index"),
            ),
            (
                "readings",
                _readings(study, measures or {}),
                ("reading_id", "case_id", "case", "reader", "form", "exam_score"),
            ),
            ("annotations", _annotations(study), ("annotation_id", "case_id", "case", "task", "origin", "status")),
            ("runs", _runs(study), ("run_id", "kind", "status", "title", "seed")),
            ("adjudications", _adjudications(study), ("adjudication_id", "case_id", "case", "reader", "exam_score")),
            ("answers", _answers(study), ("answer_id", "case_id", "case", "task", "origin", "status")),
        )
    ]


def export_masks(study: Study, folder: Path, format: str = "nii.gz", *, drafts: bool = True) -> list[Path]:
    """Write the current mask of each case and task as `<case>/<task>.<format>`, and `masks.csv` that lists them.

    NRRD keeps the geometry in 64-bit numbers; NIfTI rounds it to 32 bits.

    Args:
        format: `nii.gz`, `nii`, `nrrd` or `mha`.
        drafts: also masks that no reader has reviewed; `masks.csv` tells which they are.

    Raises:
        UserError: BAD_VALUES for another format, UNREADABLE_FILE for a mask that cannot be read.
    """
    from ..cases.reading import read_image, write_image

    if format not in MASK_FORMATS:
        raise bad_values(
            "The masks were not exported.", f"{format} is not a format.", f"Use one of {', '.join(MASK_FORMATS)}."
        )
    cases = {case.id: case for case in study.cases.all()}
    blinding = Blinding(study)
    written: list[Path] = []
    rows: list[Row] = []
    for annotation in _current(study, drafts=drafts):
        case = cases[annotation.case_id]
        path = folder / _folder_name(study, case) / f"{slug(annotation.task, otherwise='task')}.{format}"
        image = read_image(annotation.path)
        for key in image.GetMetaDataKeys():
            image.EraseMetaData(key)
        write_image(image, path)
        written.append(path)
        rows.append(
            {
                "file": path.relative_to(folder).as_posix(),
                "case_id": case.id,
                "case": study.display_name(case),
                "task": annotation.task,
                "status": annotation.status,
                "origin": annotation.origin,
                "source": blinding.text(annotation.source),
            }
        )
    columns = ("file", "case_id", "case", "task", "status", "origin", "source")
    return [*written, write_csv(folder / "masks.csv", rows, columns=columns)]


def _current(study: Study, *, drafts: bool) -> Iterator[Annotation]:
    for task in sorted({annotation.task for annotation in study.annotations.all()}):
        yield from (study.annotations.all_current(task) if drafts else study.annotations.trainable(task)).values()


def _folder_name(study: Study, case: Case) -> str:
    if study.settings.blinded:
        return slug(study.display_name(case))
    return f"{case.slug}-simulated" if case.simulated and "simulated" not in case.slug.casefold() else case.slug


def _labels(study: Study) -> dict[int, str]:
    return {case.id: study.display_name(case) for case in study.cases.all()}


def _cases(study: Study, measures: Measured) -> Iterator[Row]:
    quality = strata(study)
    for case in study.cases.all():
        row: Row = {
            "case_id": case.id,
            "case": study.display_name(case),
            "simulated": case.simulated,
            "quality": quality[case.id],
            "imported": case.created,
            **_measured(measures, case.id),
        }
        identity = {"patient": case.patient, "exam": case.exam, "name": case.name}
        yield row if study.settings.blinded else row | identity


def _series(study: Study) -> Iterator[Row]:
    labels = _labels(study)
    for series in study.cases.all_series():
        row: Row = {
            "series_id": series.id,
            "case_id": series.case_id,
            "case": labels[series.case_id],
            "role": series.role.value,
            "b_value": series.b_value,
            "calculated": series.calculated,
            "time_index": series.time_index,
            "time_s": series.time_s,
            "sha256": series.sha256,
            "headers": series.headers,
        }
        place = {"name": series.name, "path": study.paths.relative(series.path)}
        yield row if study.settings.blinded else row | place


def _measured(measures: Measured, case_id: int) -> Row:
    return {f"measure.{name}": value for name, value in sorted(measures.get(case_id, {}).items())}


def _readings(study: Study, measures: Measured) -> Iterator[Row]:
    labels = _labels(study)
    readers = {reader.id: reader.name for reader in study.readers.all()}
    readings = study.readings.all()
    superseded = {reading.supersedes for reading in readings}
    for reading in readings:
        yield {
            "reading_id": reading.id,
            "case_id": reading.case_id,
            "case": labels[reading.case_id],
            "reader": readers[reading.reader_id],
            "form": reading.form,
            "exam_score": reading.exam_score,
            "form_version": reading.form_version,
            "protocol": reading.protocol,
            "superseded": reading.id in superseded,
            "supersedes": reading.supersedes,
            "repeat": reading.repeat,
            "started": reading.started,
            "finished": reading.finished,
            "active_s": reading.active_s,
            "software_version": reading.software_version,
            "sha256": reading.sha256,
            **{f"score.{name}": value for name, value in sorted(reading.scores.items())},
            **{f"item.{name}": value for name, value in sorted(reading.values.items())},
            **{
                f"technical_score.{name}": value for name, value in sorted(_part(reading.technical, "scores").items())
            },
            **{f"visual_score.{name}": value for name, value in sorted(_part(reading.visual, "scores").items())},
            **_headers(reading),
            **_measured(measures, reading.case_id),
            "technical": reading.technical,
            "visual": reading.visual,
        }


def _headers(reading: Reading) -> Row:
    """What the image headers said about each technical item, whatever the reader then answered."""
    row: Row = {}
    for item, finding in sorted(_part(reading.technical, "found").items()):
        row |= {f"headers.{item}": finding.get("passed"), f"headers.{item}.found": finding.get("found")}
    return row


def _part(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = content.get(name)
    return part if isinstance(part, Mapping) else {}


def _adjudications(study: Study) -> Iterator[Row]:
    labels = _labels(study)
    readers = {reader.id: reader.name for reader in study.readers.all()}
    adjudications = study.adjudications.all()
    superseded = {one.supersedes for one in adjudications}
    blinding = Blinding(study)
    for one in adjudications:
        yield {
            "adjudication_id": one.id,
            "case_id": one.case_id,
            "case": labels[one.case_id],
            "reader": readers[one.reader_id],
            "form": one.form,
            "exam_score": one.exam_score,
            "form_version": one.form_version,
            "protocol": one.protocol,
            "superseded": one.id in superseded,
            "supersedes": one.supersedes,
            "settles": " ".join(str(reading_id) for reading_id in one.settles),
            "decided": one.decided,
            "note": blinding.text(one.note),
            "software_version": one.software_version,
            "sha256": one.sha256,
            **{f"score.{name}": value for name, value in sorted(one.scores.items())},
            **{f"item.{name}": value for name, value in sorted(one.values.items())},
        }


def _annotations(study: Study) -> Iterator[Row]:
    labels = _labels(study)
    readers = {reader.id: reader.name for reader in study.readers.all()}
    blinding = Blinding(study)
    for annotation in study.annotations.all():
        row: Row = {
            "annotation_id": annotation.id,
            "case_id": annotation.case_id,
            "case": labels[annotation.case_id],
            "task": annotation.task,
            "origin": annotation.origin,
            "status": annotation.status,
            "reader": None if annotation.reader_id is None else readers[annotation.reader_id],
            "run_id": annotation.run_id,
            "source": blinding.text(annotation.source),
            "supersedes": annotation.supersedes,
            "created": annotation.created,
            "sha256": annotation.sha256,
            **{f"changes.{name}": value for name, value in sorted((annotation.changes or {}).items())},
        }
        yield row if study.settings.blinded else row | {"path": study.paths.relative(annotation.path)}


def _answers(study: Study) -> Iterator[Row]:
    labels = _labels(study)
    readers = {reader.id: reader.name for reader in study.readers.all()}
    answers = study.answers.all()
    superseded = {answer.supersedes for answer in answers}
    blinding = Blinding(study)
    for answer in answers:
        yield {
            "answer_id": answer.id,
            "case_id": answer.case_id,
            "case": labels[answer.case_id],
            "task": answer.task,
            "origin": answer.origin,
            "status": answer.status,
            "reader": None if answer.reader_id is None else readers[answer.reader_id],
            "run_id": answer.run_id,
            "source": blinding.text(answer.source),
            "superseded": answer.id in superseded,
            "supersedes": answer.supersedes,
            "created": answer.created,
            "software_version": answer.software_version,
            "sha256": answer.sha256,
            **{f"answer.{name}": value for name, value in answer.values.items()},
            **{f"probability.{name}": value for name, value in (answer.probabilities or {}).items()},
        }


def _runs(study: Study) -> Iterator[Row]:
    blinding = Blinding(study)
    for run in study.runs.all():
        yield {
            "run_id": run.id,
            "kind": run.kind,
            "status": run.status,
            "title": blinding.text(run.title),
            "seed": run.seed,
            "created": run.created,
            "started": run.started,
            "finished": run.finished,
            "config": blinding.content(run.config),
            "results": blinding.content(run.results),
            "versions": blinding.content(run.versions),
            "error": blinding.content(run.error),
        }
