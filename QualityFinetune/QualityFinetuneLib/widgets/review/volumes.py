"""Volume of each structure in a saved mask."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ...cases.reading import read_image
from ...cases.tasks import Task


def volumes_ml(path: Path, task: Task) -> dict[str, float]:
    """Milliliters of each of the task's structures, by its short name.

    Raises:
        UserError: UNREADABLE_FILE when the mask cannot be read.
    """
    mask = read_image(path)
    voxel_ml = float(np.prod(mask.GetSpacing())) / 1000.0
    voxels = sitk.GetArrayViewFromImage(mask)
    return {label.short: float((voxels == label.value).sum()) * voxel_ml for label in task.labels}
