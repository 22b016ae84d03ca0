"""Masks held against the case and the task they belong to: same grid as the T2w series, known label values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..cases.grid import geometry_of, resample_to, same_grid
from ..cases.reading import read_image
from ..cases.roles import Role
from ..cases.tasks import Task
from ..common.errors import ErrorCode, UserError
from ..study.study import Study


def check_mask(study: Study, case_id: int, path: Path, task: Task) -> None:
    """Refuse a mask that does not lie on the case's T2w grid or has values that the task does not know.

    Raises:
        UserError: MISSING_SERIES, BAD_GEOMETRY or BAD_LABEL.
    """
    t2w = study.cases.first(case_id, Role.T2W)
    if t2w is None:
        raise UserError(
            ErrorCode.MISSING_SERIES,
            what=f"The mask {path.name} cannot be kept.",
            why="The case has no axial T2w series to lie on.",
            next="Import the axial T2w series of this exam first.",
        )
    mask = read_image(path)
    if not same_grid(mask, read_image(t2w.path)):
        raise UserError(
            ErrorCode.BAD_GEOMETRY,
            what=f"The mask {path.name} cannot be kept.",
            why="It does not lie on the grid of the case's T2w series.",
            next="Save it on the T2w grid, or import it with its case, which resamples it.",
        )
    as_label_map(mask, task, name=path.name)


def as_label_map(mask: sitk.Image, task: Task, *, name: str) -> sitk.Image:
    """The mask as uint8 with the task's label values.

    A task of one label takes any single non-zero value (0/255 masks are common).

    Raises:
        UserError: BAD_LABEL when other values occur.
    """
    voxels = sitk.GetArrayFromImage(mask)
    values = np.unique(voxels)
    found = {float(value) for value in values if value != 0}
    known = {float(label.value) for label in task.labels}
    if len(known) == 1 and len(found) == 1:
        voxels = voxels != 0
    elif not found <= known:
        listed = ", ".join(f"{value:g}" for value in sorted(found - known)[:5])
        raise UserError(
            ErrorCode.BAD_LABEL,
            what=f"The mask {name} does not fit the task {task.title}.",
            why=f"It holds the values {listed}; the task knows {', '.join(f'{v:g}' for v in sorted(known))}.",
            next="Convert the mask to the task's label values, or import it for another task.",
        )
    label_map = sitk.GetImageFromArray(voxels.astype(np.uint8))
    label_map.CopyInformation(mask)
    return label_map


def on_grid(mask: sitk.Image, t2w: sitk.Image, *, name: str) -> tuple[sitk.Image, bool]:
    """The mask on the T2w grid, and whether it had to be resampled (nearest voxel) for that.

    Raises:
        UserError: BAD_GEOMETRY when the mask's structures do not lie inside the T2w volume.
    """
    if same_grid(mask, t2w):
        kept = sitk.Image(mask)
        kept.CopyInformation(t2w)
        return kept, False
    moved = resample_to(mask, t2w, label=True)
    before, after = _volume_ml(mask), _volume_ml(moved)
    if before > 0 and after < 0.5 * before:
        raise UserError(
            ErrorCode.BAD_GEOMETRY,
            what=f"The mask {name} does not belong to this T2w series.",
            why=f"Only {after / before:.0%} of its volume lies inside the T2w volume ({_where(mask)}).",
            next="Check that the mask was drawn on this exam and kept its position when it was saved.",
        )
    return moved, True


def _volume_ml(mask: sitk.Image) -> float:
    return float((sitk.GetArrayViewFromImage(mask) != 0).sum()) * float(np.prod(mask.GetSpacing())) / 1000.0


def _where(mask: sitk.Image) -> str:
    middle = ", ".join(f"{value:.0f}" for value in geometry_of(mask).centre_mm)
    return f"its centre is at {middle} mm"
