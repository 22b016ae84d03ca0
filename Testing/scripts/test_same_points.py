"""Points inside an image, and grids that show the same."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
import SimpleITK as sitk


@pytest.fixture
def same_points(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("same_points")


def an_image(size: tuple[int, int, int], *, spacing_mm: float = 1.0, degrees: float = 0.0) -> sitk.Image:
    image = sitk.Image(size, sitk.sitkUInt8)
    image.SetSpacing([spacing_mm, spacing_mm, 2 * spacing_mm])
    a = np.radians(degrees)
    image.SetDirection([1, 0, 0, 0, np.cos(a), -np.sin(a), 0, np.sin(a), np.cos(a)])
    image.SetOrigin([3.0, -2.0, 5.0])
    return image


def test_inside_is_between_voxel_centres_as_itk_places_them(same_points: ModuleType) -> None:
    source, grid = an_image((7, 6, 5), degrees=20), an_image((11, 12, 6), spacing_mm=0.8, degrees=-10)
    grid.SetOrigin([1.0, -4.0, 3.0])
    within = same_points.inside(source, grid)
    for place in np.ndindex(within.shape):
        index = source.TransformPhysicalPointToContinuousIndex(
            grid.TransformIndexToPhysicalPoint([int(n) for n in reversed(place)])
        )
        expected = all(-1e-6 <= i <= n - 1 + 1e-6 for i, n in zip(index, source.GetSize(), strict=True))
        assert within[place] == expected
    assert 0 < within.mean() < 1


def test_every_voxel_of_an_image_is_inside_it(same_points: ModuleType) -> None:
    image = an_image((4, 5, 3), degrees=33)
    assert same_points.inside(image, image).all()


def test_correlation_looks_within_and_where_both_sides_have_something(same_points: ModuleType) -> None:
    first, second = np.array([1.0, 2.0, 3.0, 0.0, 9.0, 7.0]), np.array([2.0, 4.0, 6.0, 5.0, 0.0, -50.0])
    within = np.array([True] * 5 + [False])
    assert same_points.correlation(first, second, within=within) == pytest.approx(1.0)
    assert same_points.correlation(first, -second, within=within) == pytest.approx(-1.0)
    assert same_points.correlation(first, second, within=np.zeros(6, dtype=bool)) == 0.0


def test_corners_of_a_mirrored_grid_lie_far_apart(same_points: ModuleType) -> None:
    image = an_image((4, 5, 3))
    moved = sitk.Image(image)
    moved.SetOrigin([3.0, -1.0, 5.0])
    assert same_points.corners_apart_mm(image, moved) == pytest.approx(1.0)
    mirrored = sitk.Image(image)
    mirrored.SetDirection([-1, 0, 0, 0, 1, 0, 0, 0, 1])
    mirrored.SetOrigin([6.0, -2.0, 5.0])
    assert same_points.corners_apart_mm(image, mirrored) == pytest.approx(3.0)
