"""An exam's files as a network's input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from ...cases.channels import channels
from ...cases.grid import Geometry, geometry_of, resample_to
from ...cases.reading import read_image
from ...cases.roles import Role
from ...cases.tasks import Task
from ...common.errors import ErrorCode, UserError
from ...models.meta import ModelMeta
from ..protocol.jobs import CaseFiles
from .context import JobContext
from .grids import network_grid
from .masks import read_mask


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """One case on the network's grid.

    Attributes:
        case: where it came from.
        image: float32 (C, *axes) in the network's order of axes.
        label: uint8 (*axes) in the same order; None where no mask was asked for.
        grid: geometry of the network's grid, before the axes are put in the network's order.
        t2w: geometry of the T2w, which masks come back to.
        axes: the network's order, `zyx` or `xyz`.
        truth: the mask on the T2w's grid, uint8 (z, y, x); None where no mask was asked for.
    """

    case: CaseFiles
    image: np.ndarray
    label: np.ndarray | None
    truth: np.ndarray | None
    grid: Geometry
    t2w: Geometry
    axes: str


def prepare(
    case: CaseFiles, *, meta: ModelMeta, task: Task | None, context: JobContext, with_label: bool = False
) -> Prepared:
    """Read a case and bring it to the network's grid, channels in order, normalised.

    A series that the task can use and the exam lacks becomes a channel of zeros with a warning; one that the task
    does not use is zeros by design (ProFound's anatomy task is T2w and two empty channels). Without a task every
    channel of the network is used.

    Raises:
        UserError: MISSING_SERIES without a T2w or what else the task needs, NO_LABEL without a mask, and whatever
            reading finds wrong.
    """
    _require_series(case, task)
    wanted = {Role.T2W, *(role for role in meta.inputs if task is None or role in task.roles)}
    images = {role: read_image(path) for role, path in case.images.items() if role in wanted}
    t2w = images[Role.T2W]
    grid = network_grid(t2w, meta)
    try:
        stacked, warnings = channels(images, meta.inputs, grid)
    except UserError as error:
        what = f"Case {case.id} cannot be used."
        raise UserError(error.code, what=what, why=error.why, next=error.next) from error
    for warning in warnings:
        if warning.role in wanted:
            context.warn(
                ErrorCode.MISSING_SERIES,
                what=f"Case {case.id} is used without its {warning.role.value} series.",
                why=warning.message,
                next="Import the series if the exam has it; the result is less sure without it.",
                case=case.id,
            )
    label = truth = None
    if with_label:
        assert task is not None, "a label is a task's"
        mask = _mask(case, task, t2w)
        truth = sitk.GetArrayFromImage(mask)
        label = to_zyx(sitk.GetArrayFromImage(resample_to(mask, grid, label=True)), meta.axes)
        _require_in_view(case, truth, label)
    return Prepared(
        case=case,
        image=np.ascontiguousarray(to_zyx(stacked, meta.axes)),
        label=None if label is None else np.ascontiguousarray(label),
        truth=truth,
        grid=geometry_of(grid),
        t2w=geometry_of(t2w),
        axes=meta.axes,
    )


def empty_image(geometry: Geometry) -> sitk.Image:
    """A uint8 image of zeros with that geometry."""
    image = sitk.Image(geometry.size, sitk.sitkUInt8)
    image.SetSpacing(geometry.spacing_mm)
    image.SetOrigin(geometry.origin_mm)
    image.SetDirection(geometry.direction)
    return image


def to_zyx(array: np.ndarray, axes: str) -> np.ndarray:
    """A view whose last three axes are turned from the network's order to (z, y, x), or back: its own inverse."""
    return array if axes == "zyx" else np.swapaxes(array, -1, -3)


def _require_series(case: CaseFiles, task: Task | None) -> None:
    if Role.T2W not in case.images:
        raise UserError(
            ErrorCode.MISSING_SERIES,
            what=f"Case {case.id} cannot be used.",
            why="It has no axial T2w series, whose grid the masks lie on.",
            next="Import its T2w series, or leave the case out.",
        )
    lacking = [role.value for role in (task.needs if task is not None else ()) if role not in case.images]
    if task is not None and lacking:
        raise UserError(
            ErrorCode.MISSING_SERIES,
            what=f"Case {case.id} cannot be used for the task {task.title}.",
            why=f"It has no {' and no '.join(lacking)} series, which this task needs.",
            next="Import the series, or leave the case out.",
        )


def _mask(case: CaseFiles, task: Task, t2w: sitk.Image) -> sitk.Image:
    if case.label is None:
        raise UserError(
            ErrorCode.NO_LABEL,
            what=f"Case {case.id} cannot be learned from.",
            why=f"It has no segmentation for the task {task.title}.",
            next="Segment it or accept a draft, or leave the case out.",
        )
    return read_mask(case.label, task, reference=t2w, case=case.id)


def _require_in_view(case: CaseFiles, truth: np.ndarray, label: np.ndarray) -> None:
    if truth.any() and not label.any():
        raise UserError(
            ErrorCode.BAD_GEOMETRY,
            what=f"The mask of case {case.id} cannot be learned from.",
            why="All of it lies outside the model's field of view, which is centred on the T2w series.",
            next="Check that the mask belongs to this exam, or leave the case out.",
        )
