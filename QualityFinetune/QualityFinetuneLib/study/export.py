"""Take a study's tables and masks out of it, without what identifies a patient where the study is blinded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .blinding import Blinding
from .csv_files import write_csv
from .errors import bad_values
from .quality import strata
from .records import Annotation, Case
from .slugs import slug

if TYPE_CHECKING:
    from .study import Study

MASK_FORMATS = ("nii.gz", "nii", "nrrd", "mha")

Row = dict[str, Any]


def export_tables(study: Study, folder: Path) -> list[Path]:
    """Write `cases.csv`, `series.csv`, `readings.csv`, `annotations.csv` and `runs.csv`.

    In a blinded study cases have their neutral labels, there is no patient key, exam, name or path, and texts that
    hold one are rid of it.

    Returns:
        The files written.
    """
    return [
        write_csv(folder / f"{name}.csv", rows, columns=columns)
        for name, rows, columns in (
            ("cases", _cases(study), ("case_id", "case", "simulated", "quality", "imported")),
            (
                "series",
                _series(study),
                ("series_id", "case_id", "case", "role", "b_value", "calculated", "time_index"),
            ),
            ("readings", _readings(study), ("reading_id", "case_id", "case", "reader", "form", "exam_score")),
            ("annotations", _annotations(study), ("annotation_id", "case_id", "case", "task", "origin", "status")),
            ("runs", _runs(study), ("run_id", "kind", "status", "title", "seed")),
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


def _cases(study: Study) -> Iterator[Row]:
    quality = strata(study)
    for case in study.cases.all():
        row: Row = {
            "case_id": case.id,
            "case": study.display_name(case),
            "simulated": case.simulated,
            "quality": quality[case.id],
            "imported": case.created,
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


def _readings(study: Study) -> Iterator[Row]:
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
            "started": reading.started,
            "finished": reading.finished,
            "active_s": reading.active_s,
            "software_version": reading.software_version,
            "sha256": reading.sha256,
            **{f"score.{name}": value for name, value in sorted(reading.scores.items())},
            **{f"item.{name}": value for name, value in sorted(reading.values.items())},
            "technical": reading.technical,
            "visual": reading.visual,
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
