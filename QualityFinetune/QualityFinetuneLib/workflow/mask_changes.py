"""How much one mask differs from another: Dice, and the volume that was added and removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..cases.grid import same_grid
from ..cases.reading import read_image
from ..cases.tasks import Task
from ..common.errors import ErrorCode, UserError


@dataclass(frozen=True, kw_only=True)
class MaskChange:
    """One label before and after.

    Attributes:
        dice: 2|A∩B| / (|A|+|B|) (Dice 1945); 1 where both are empty.
        added_ml: volume that only the later mask has.
        removed_ml: volume that only the earlier mask has.
    """

    dice: float
    added_ml: float
    removed_ml: float
    before_ml: float
    after_ml: float


def compare(before: NDArray[np.generic], after: NDArray[np.generic], *, voxel_ml: float) -> MaskChange:
    """Compare two masks of one shape; every non-zero voxel counts as inside."""
    first, second = before != 0, after != 0
    total = int(first.sum()) + int(second.sum())
    common = int((first & second).sum())
    return MaskChange(
        dice=2.0 * common / total if total else 1.0,
        added_ml=(int(second.sum()) - common) * voxel_ml,
        removed_ml=(int(first.sum()) - common) * voxel_ml,
        before_ml=int(first.sum()) * voxel_ml,
        after_ml=int(second.sum()) * voxel_ml,
    )


def compare_labels(
    before: NDArray[np.generic], after: NDArray[np.generic], *, labels: Mapping[str, int], voxel_ml: float
) -> dict[str, MaskChange]:
    """Compare two label maps label by label; `labels` maps a name to its voxel value."""
    return {name: compare(before == value, after == value, voxel_ml=voxel_ml) for name, value in labels.items()}


def changes_between(before: Path, after: Path, task: Task) -> dict[str, Any]:
    """What a reader changed, as it is kept with the annotation: for all labels together, and for each.

    Returns:
        `{"dice", "added_ml", "removed_ml", "before_ml", "after_ml", "labels": {short name: the same}}`.

    Raises:
        UserError: BAD_GEOMETRY when the masks do not lie on one grid.
    """
    first, second = read_image(before), read_image(after)
    if not same_grid(first, second):
        raise UserError(
            ErrorCode.BAD_GEOMETRY,
            what=f"The corrected mask {after.name} cannot be compared with the one before.",
            why="The two do not lie on the same grid.",
            next="Save the correction on the grid of the case's T2w series.",
        )
    voxel_ml = float(np.prod(first.GetSpacing())) / 1000.0
    a, b = sitk.GetArrayViewFromImage(first), sitk.GetArrayViewFromImage(second)
    labels = compare_labels(a, b, labels={x.short: x.value for x in task.labels}, voxel_ml=voxel_ml)
    together = compare(a, b, voxel_ml=voxel_ml)
    return {**asdict(together), "labels": {name: asdict(change) for name, change in labels.items()}}
