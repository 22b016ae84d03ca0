"""An exam wherever it lies, in a study or in a folder: its series to be read when needed, and its masks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import SimpleITK as sitk

from ..cases.found import FoundCase, FoundMask, FoundSeries, ImportMessage
from ..cases.name_patterns import load_patterns, match
from ..cases.reading import read_image, read_series
from ..cases.roles import Role
from ..cases.scan import scan
from ..cases.tasks import load_task
from ..common.errors import ErrorCode, UserError
from ..study.records import Case, Series
from ..study.study import Study

MASKS = ("gland", "zones", "lesion")
"""Tasks whose masks come along."""


@dataclass(frozen=True, kw_only=True)
class ExamSeries:
    """One series of an exam; `read` reads its voxels, the rest is known without."""

    role: Role
    name: str
    read: Callable[[], sitk.Image]
    b_value: float | None = None
    calculated: bool | None = None
    time_index: int | None = None
    time_s: float | None = None
    headers: Mapping[str, object]
    spacing_mm: tuple[float, float, float] | None = None
    """Of the voxels x, y, z, where they can be told without reading them."""


@dataclass(frozen=True, kw_only=True)
class Exam:
    """An exam of a study or of a folder.

    Attributes:
        name: what to call it; the neutral label where the study is blinded.
        patient: the key by which sets of cases are divided.
        case_id: None outside a study.
    """

    name: str
    patient: str
    simulated: bool
    series: tuple[ExamSeries, ...]
    masks: tuple[FoundMask, ...] = ()
    case_id: int | None = None

    def first(self, role: Role) -> ExamSeries | None:
        """The first series with that role, or None."""
        return next((one for one in self.series if one.role is role), None)

    def gland(self) -> sitk.Image | None:
        """The gland's mask, or that of all zones together, on the grid it was drawn on; None without any."""
        by_task = {mask.task: mask.path for mask in reversed(self.masks)}
        path = by_task.get("gland", by_task.get("zones"))
        return None if path is None else sitk.Cast(read_image(path) > 0, sitk.sitkUInt8)


def exam_of_case(study: Study, case: Case) -> Exam:
    """A case of a study, with the masks that stand."""
    current = [study.annotations.current(case.id, task) for task in MASKS]
    return Exam(
        name=study.display_name(case),
        patient=case.patient,
        simulated=case.simulated,
        series=tuple(_of_study(one) for one in study.cases.series(case.id)),
        masks=tuple(FoundMask(task=one.task, path=one.path, source=one.task) for one in current if one is not None),
        case_id=case.id,
    )


def exam_of_found(found: FoundCase) -> Exam:
    """An exam that a scan of a folder found."""
    return Exam(
        name=found.name,
        patient=found.patient,
        simulated=found.simulated,
        series=tuple(_of_found(one) for one in found.series),
        masks=found.masks,
    )


def exams_at(
    path: Path, *, role: Role | None = None, progress: Callable[[int, int], None] | None = None
) -> tuple[list[Exam], tuple[ImportMessage, ...]]:
    """The exams in a folder, or the one series in a volume file, and what was left out.

    Args:
        path: a folder of DICOM, NIfTI, NRRD or MHA files, or one volume file.
        role: of a file whose name does not tell.
        progress: told (done, total) files of a folder.

    Raises:
        UserError: NOT_FOUND without such a path, NOT_AN_EXAM when there is no exam in it or a file's role is unknown.
    """
    if path.is_dir():
        result = scan(path, progress=progress)
        if not result.cases:
            raise UserError(
                ErrorCode.NOT_AN_EXAM,
                what=f"{path} was not used.",
                why="It holds no exam that could be read.",
                next="Choose a folder with DICOM, NIfTI, NRRD or MHA files.",
            )
        return [exam_of_found(one) for one in result.cases], result.messages
    if not path.is_file():
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"{path} was not used.",
            why="There is no such file or folder.",
            next="Check the path.",
        )
    return [_of_file(path, role)], ()


def _of_file(path: Path, role: Role | None) -> Exam:
    named = match(path, path.parent, load_patterns())
    told = named.kind.role if named is not None and named.kind.task is None else None
    chosen = role or told
    if chosen is None or chosen is Role.OTHER:
        raise UserError(
            ErrorCode.NOT_AN_EXAM,
            what=f"{path.name} was not used.",
            why="Its name does not tell what kind of series it is.",
            next=f"Name its role with --role, one of: {', '.join(one.value for one in Role)}.",
        )
    series = ExamSeries(
        role=chosen,
        name=path.name,
        read=partial(read_image, path),
        b_value=named.kind.b_value if named is not None else None,
        calculated=named.kind.calculated if named is not None else None,
        headers={},
        spacing_mm=spacing_mm_of(path),
    )
    parent = path.resolve().parent.name
    return Exam(name=parent, patient=parent, simulated=False, series=(series,))


def _of_study(series: Series) -> ExamSeries:
    return ExamSeries(
        role=series.role,
        name=series.name,
        read=partial(read_image, series.path),
        b_value=series.b_value,
        calculated=series.calculated,
        time_index=series.time_index,
        time_s=series.time_s,
        headers=series.headers,
        spacing_mm=spacing_mm_of(series.path),
    )


def _of_found(series: FoundSeries) -> ExamSeries:
    return ExamSeries(
        role=series.role,
        name=series.name,
        read=partial(read_series, series),
        b_value=series.b_value,
        calculated=series.calculated,
        time_index=series.time_index,
        time_s=series.time_s,
        headers=series.headers,
        spacing_mm=None if series.series_uid is not None else spacing_mm_of(series.paths[0]),
    )


def spacing_mm_of(path: Path) -> tuple[float, float, float] | None:
    """Voxel spacing of a volume file from its header; None where it cannot be read."""
    header = sitk.ImageFileReader()
    header.SetFileName(str(path))
    try:
        header.ReadImageInformation()
    except RuntimeError:  # whoever reads the voxels is told why
        return None
    spacing = header.GetSpacing()
    return (spacing[0], spacing[1], spacing[2]) if len(spacing) >= 3 else None


def add_mask(exam: Exam, path: Path) -> Exam:
    """The exam with this mask of the gland, in place of the one it has.

    Raises:
        UserError: UNREADABLE_FILE or BAD_GEOMETRY when it is no 3D volume.
    """
    read_image(path)
    gland = FoundMask(task=load_task("gland").name, path=path, source="gland")
    return Exam(**{**exam.__dict__, "masks": (gland, *(one for one in exam.masks if one.task != "gland"))})
