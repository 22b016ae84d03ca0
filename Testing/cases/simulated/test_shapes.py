"""Shapes in physical space, against their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.cases.simulated.shapes import Ellipsoid, Points, gland_level


def lattice(spacing_mm: float, reach_mm: float) -> Points:
    axis = np.arange(-reach_mm, reach_mm + spacing_mm / 2, spacing_mm, dtype=np.float32)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    return Points(x, y, z)


def test_an_ellipsoid_encloses_the_volume_of_its_formula() -> None:
    ellipsoid = Ellipsoid((1.3, -2.2, 3.4), (20.0, 15.0, 10.0))
    volume = (ellipsoid.level(lattice(1.0, 30.0)) < 1.0).sum()
    assert volume == pytest.approx(4.0 / 3.0 * np.pi * 20 * 15 * 10, rel=0.01)
    assert (ellipsoid.grown(2.0).level(lattice(1.0, 30.0)) < 1.0).sum() > volume


def gland(points: Points) -> np.ndarray:
    return gland_level(points, center_mm=(0.0, 0.0, 0.0), radii_mm=(24.0, 16.0, 18.0), lobes=(0.0, 0.0)) < 1.0


def test_a_gland_is_symmetric_wider_at_its_base_and_flat_at_the_back() -> None:
    points = lattice(1.0, 30.5)
    inside = gland(points)
    assert (inside == inside[:, :, ::-1]).all()
    width = [np.ptp(points.x[k][inside[k]]) if inside[k].any() else 0.0 for k in range(len(inside))]
    middle = len(width) // 2
    assert width[middle + 10] > width[middle - 10]
    assert abs(points.y[inside].max()) < abs(points.y[inside].min())


def test_points_can_be_picked_and_moved() -> None:
    points = lattice(5.0, 10.0)
    picked = points.where(points.x > 0)
    assert (picked.x > 0).all()
    assert picked.x.ndim == 1
    moved = points.moved(np.full_like(points.y, 3.0))
    np.testing.assert_allclose(moved.y - points.y, 3.0)
    assert moved.x is points.x
