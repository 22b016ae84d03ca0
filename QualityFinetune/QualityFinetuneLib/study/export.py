"""Take a study's tables and masks out of it, without what identifies a patient where the study is blinded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from .blinding import Blinding
from .csv_files import write_csv
from .errors import bad_values
from .export_rows import ExportRows, Measured, Row
from .records import Annotation, Case
from .slugs import slug

if TYPE_CHECKING:
    from .study import Study

MASK_FORMATS = ("nii.gz", "nii", "nrrd", "mha")


def export_tables(study: Study, folder: Path, *, measures: Measured = MappingProxyType({})) -> list[Path]:
    """Write `cases`, `series`, `readings`, `annotations`, `runs`, `adjudications` and `answers`, each with `.csv`.

    In a blinded study cases have their neutral labels, there is no patient key, exam, name or path, and texts that
    hold one are rid of it.

    Args:
        measures: measured numbers by case id and name, e.g. `{7: {"t2w.snr": 21.5}}`; they become columns of
            `cases.csv` and, beside what readers saw, of `readings.csv`.

    Returns:
        The files written.
    """
    rows = ExportRows(study)
    return [
        write_csv(folder / f"{name}.csv", table, columns=columns)
        for name, table, columns in (
            ("cases", rows.cases(measures), ("case_id", "case", "simulated", "quality", "imported")),
            (
                "series",
                rows.series(),
                ("series_id", "case_id", "case", "role", "b_value", "calculated", "time_index"),
            ),
            (
                "readings",
                rows.readings(measures),
                ("reading_id", "case_id", "case", "reader", "form", "exam_score"),
            ),
            ("annotations", rows.annotations(), ("annotation_id", "case_id", "case", "task", "origin", "status")),
            ("runs", rows.runs(), ("run_id", "kind", "status", "title", "seed")),
            ("adjudications", rows.adjudications(), ("adjudication_id", "case_id", "case", "reader", "exam_score")),
            ("answers", rows.answers(), ("answer_id", "case_id", "case", "task", "origin", "status")),
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
