"""The simulated pelvis is the same wherever it is sampled."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.cases.simulated.anatomy import Tissue, draw_anatomy
from QualityFinetuneLib.cases.simulated.shapes import Points


def lattice(spacing_mm: float, reach_mm: float = 60.0) -> Points:
    axis = np.arange(-reach_mm, reach_mm, spacing_mm, dtype=np.float32)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    return Points(x, y, z)


@pytest.mark.parametrize("seed", range(4))
def test_volume_does_not_depend_on_the_grid_it_is_sampled_on(seed: int) -> None:
    anatomy = draw_anatomy(np.random.default_rng(seed))
    fine = (anatomy.zones(lattice(1.5)) > 0).sum() * 1.5**3
    coarse = (anatomy.zones(lattice(3.0)) > 0).sum() * 3.0**3
    assert fine == pytest.approx(coarse, rel=0.03)
    assert 15_000 < fine < 95_000, "mm3"


@pytest.mark.parametrize("seed", range(4))
def test_every_organ_is_in_the_pelvis(seed: int) -> None:
    anatomy = draw_anatomy(np.random.default_rng(seed))
    present = set(np.unique(anatomy.tissues(lattice(1.5, 75.0))).tolist())
    optional = {Tissue.GAS, Tissue.STOOL, Tissue.LESION}
    assert set(Tissue) - optional <= present


def test_bladder_is_above_and_rectum_behind_the_gland() -> None:
    anatomy = draw_anatomy(np.random.default_rng(0))
    points = lattice(2.0)
    tissue = anatomy.tissues(points)
    gland = anatomy.zones(points) > 0
    assert points.z[tissue == Tissue.BLADDER].mean() > points.z[gland].max() - 5.0
    assert points.y[tissue == Tissue.RECTAL_WALL].mean() > points.y[gland].max()
