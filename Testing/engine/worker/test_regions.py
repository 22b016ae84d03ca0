"""A region reaches every voxel that it can change, and not the whole image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.grid import Geometry, resample_to
from QualityFinetuneLib.engine.worker.preparing import empty_image
from QualityFinetuneLib.engine.worker.regions import Region, region_of, region_reached

GRID = Geometry(
    size=(14, 12, 10), spacing_mm=(2.0, 2.0, 3.0), origin_mm=(1.0, 2.0, 3.0), direction=(1, 0, 0, 0, 1, 0, 0, 0, 1)
)


def rotated(seed: int) -> tuple[float, ...]:
    matrix, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return tuple(float(v) for v in matrix.ravel())


@pytest.mark.parametrize("seed", range(6))
def test_nothing_that_depends_on_the_region_is_left_out(seed: int) -> None:
    random = np.random.default_rng(seed)
    start = random.integers(0, 8, 3)
    region = Region(tuple(start), tuple(start + random.integers(1, 3, 3)))
    target = Geometry(
        size=(40, 40, 40), spacing_mm=(1.1, 0.7, 1.3), direction=rotated(seed), origin_mm=(0.0, 0.0, 0.0)
    )
    target = replace(target, origin_mm=tuple(float(v) for v in GRID.centre_mm - target.centre_mm))
    values = np.zeros(GRID.size[::-1], dtype=np.float32)
    values[region.slices] = 1.0
    image = sitk.GetImageFromArray(values)
    image.CopyInformation(empty_image(GRID))
    touched = sitk.GetArrayFromImage(resample_to(image, empty_image(target))) > 0
    reached = region_reached(region, GRID, target)
    assert touched.any() and reached is not None
    inside = touched[reached.slices].sum()
    assert inside == touched.sum()
    assert np.prod(reached.shape) < touched.size / 4


def test_regions_that_do_not_meet_are_none() -> None:
    far = replace(GRID, origin_mm=(500.0, 0.0, 0.0))
    assert region_reached(Region((0, 0, 0), (2, 2, 2)), GRID, far) is None


def test_the_box_of_nothing_is_none() -> None:
    assert region_of(np.zeros((3, 4, 5), dtype=bool)) is None


def test_a_box_is_widened_only_as_far_as_the_image_goes() -> None:
    wanted = np.zeros((5, 6, 7), dtype=bool)
    wanted[1, 2:4, 6] = True
    assert region_of(wanted) == Region((6, 2, 1), (7, 4, 2))
    assert region_of(wanted, margin=2) == Region((4, 0, 0), (7, 6, 4))


def test_a_box_has_the_place_in_the_body_that_its_voxels_have() -> None:
    box = Region((3, 1, 2), (9, 5, 4))
    part = box.of(GRID)
    assert part.size == (6, 4, 2) and box.shape == (2, 4, 6)
    assert np.allclose(part.index_to_mm((1, 1, 1)), GRID.index_to_mm((4, 2, 3)))


def test_a_box_is_found_in_a_larger_one() -> None:
    outer, inner = Region((2, 3, 4), (9, 9, 9)), Region((3, 5, 4), (6, 8, 7))
    index = np.arange(np.prod(GRID.size)).reshape(GRID.size[::-1])
    assert np.array_equal(index[outer.slices][inner.within(outer)], index[inner.slices])


def test_a_box_is_clipped_to_another() -> None:
    assert Region((1, 2, 3), (9, 9, 9)).clipped(Region((2, 0, 3), (5, 20, 9))) == Region((2, 2, 3), (5, 9, 9))
