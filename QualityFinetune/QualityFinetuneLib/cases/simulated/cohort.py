"""A cohort of simulated patients, a chosen share of them with poor image quality."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np

from ...common.version import __version__
from .exam import Size, Spacing, write_exam
from .recipe import draw_recipe


def make_cohort(
    folder: Path,
    *,
    patients: int = 8,
    seed: int = 0,
    low_quality_share: float = 0.5,
    size: Size = (160, 160, 18),
    spacing_mm: Spacing = (0.8, 0.8, 3.0),
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write `<folder>/Simulated-0001/…`: one exam a patient, the same for the same arguments.

    Args:
        folder: receives one sub-folder a patient.
        patients: how many.
        seed: of everything random.
        low_quality_share: share of patients, rounded, whose exam is noisy, blurred by motion or thick-sliced.
        size: voxels (x, y, z) of T2w at its nominal slice thickness.
        spacing_mm: of T2w (x, y, z).
        progress: told (done, patients) after each exam.
    """
    rng = np.random.default_rng(seed)
    low = set(rng.permutation(patients)[: round(patients * low_quality_share)].tolist())
    for index in range(patients):
        quality: Literal["high", "low"] = "low" if index in low else "high"
        severity = float(rng.uniform(0.6, 1.0) if quality == "low" else rng.uniform(0.0, 0.2))
        name = f"Simulated-{index + 1:04d}"
        recipe = draw_recipe(
            patient=name,
            seed=int(rng.integers(2**31)),
            quality=quality,
            severity=severity,
            spacing_z_mm=spacing_mm[2],
            version=__version__,
        )
        write_exam(folder / name, recipe, size=size, spacing_mm=spacing_mm)
        if progress:
            progress(index + 1, patients)
