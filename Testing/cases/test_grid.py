"""Grids compared against SimpleITK's own index-to-point maths, MONAI's crop and pad, and laws of resampling."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from QualityFinetuneLib.cases.grid import geometry_of, profound_grid, resample_to, same_grid

ANGLES = st.tuples(*[st.floats(-170, 170).map(lambda degrees: round(degrees, 4))] * 3)


def oriented(degrees, size=(12, 10, 6), spacing=(0.5, 0.75, 3.0), origin=(-20.0, 10.0, -8.0), flip=(1, 1, 1)):
    transform = sitk.Euler3DTransform()
    transform.SetRotation(*np.deg2rad(degrees))
    image = sitk.Image(size, sitk.sitkInt16)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    image.SetDirection((np.reshape(transform.GetMatrix(), (3, 3)) * np.array(flip)).ravel())
    return image


@given(ANGLES, st.sampled_from([(1, 1, 1), (-1, 1, 1), (-1, -1, 1), (1, 1, -1)]))
@settings(max_examples=30, deadline=None)
def test_voxels_lie_where_simpleitk_says(degrees, flip) -> None:
    image = oriented(degrees, flip=flip)
    geometry = geometry_of(image)
    for index in [(0, 0, 0), (11, 0, 3), (4, 9, 5)]:
        assert np.allclose(geometry.index_to_mm(index), image.TransformIndexToPhysicalPoint(index))
    assert np.allclose(geometry.centre_mm, image.TransformContinuousIndexToPhysicalPoint((5.5, 4.5, 2.5)))


def test_corner_positions_include_first_and_last_voxel(an_image) -> None:
    image = an_image(degrees=(20, -10, 5))
    corners = geometry_of(image).corners_mm
    assert corners.shape == (8, 3)
    assert np.allclose(corners[0], image.GetOrigin())
    assert np.allclose(corners[-1], image.TransformIndexToPhysicalPoint((11, 9, 5)))


def test_an_image_is_on_its_own_grid(an_image) -> None:
    image = an_image(degrees=(20, -10, 5))
    assert same_grid(image, sitk.Image(image))
    assert same_grid(geometry_of(image), image)


@pytest.mark.parametrize("shift_mm, same", [(0.0005, True), (0.01, False)])
def test_a_shift_beyond_the_tolerance_is_another_grid(an_image, shift_mm, same) -> None:
    image = an_image()
    moved = sitk.Image(image)
    moved.SetOrigin([image.GetOrigin()[0] + shift_mm, *image.GetOrigin()[1:]])
    assert same_grid(image, moved) is same


def test_a_small_turn_of_a_large_image_is_another_grid() -> None:
    """0.01 degree is 2 um at 1 cm but 35 um at 20 cm: what counts is how far voxels move."""
    small, large = (size for size in ((12, 10, 6), (400, 400, 6)))
    for size, same in ((small, True), (large, False)):
        assert same_grid(oriented((0, 0, 0), size), oriented((0, 0, 0.01), size), tolerance_mm=0.01) is same


def test_another_size_is_another_grid(an_image) -> None:
    assert not same_grid(an_image(size=(12, 10, 6)), an_image(size=(12, 10, 7)))


@given(ANGLES, ANGLES)
@settings(max_examples=20, deadline=None)
def test_a_linear_picture_keeps_its_physical_values(source_degrees, target_degrees) -> None:
    """Trilinear interpolation is exact for a linear function, whatever the two orientations."""
    size, spacing = (30, 28, 26), (1.0, 1.2, 1.1)
    source = oriented(source_degrees, size, spacing, (0, 0, 0))
    centre = geometry_of(source).centre_mm
    weights = np.array([1.5, -2.0, 0.7])
    k, j, i = np.meshgrid(*(np.arange(n) for n in size[::-1]), indexing="ij")
    values = geometry_of(source).index_to_mm(np.stack([i, j, k], -1)) @ weights
    filled = sitk.GetImageFromArray(values)
    filled.CopyInformation(source)
    target = oriented(target_degrees, (6, 5, 4), (0.9, 1.3, 1.7))
    half = geometry_of(target).centre_mm - np.array(target.GetOrigin())
    target.SetOrigin(centre - half)
    moved = sitk.GetArrayFromImage(resample_to(filled, target))
    k, j, i = np.meshgrid(*(np.arange(n) for n in moved.shape), indexing="ij")
    expected = geometry_of(target).index_to_mm(np.stack([i, j, k], -1)) @ weights
    assert np.allclose(moved, expected, atol=1e-3)


def test_resampling_to_the_own_grid_changes_nothing(an_image) -> None:
    image = an_image(degrees=(10, 20, 30))
    result = resample_to(image, image)
    assert result.GetPixelID() == sitk.sitkFloat32
    assert np.array_equal(sitk.GetArrayFromImage(result), sitk.GetArrayFromImage(image).astype(np.float32))


def test_labels_keep_their_values_and_type(an_image) -> None:
    labels = sitk.Cast(an_image(degrees=(5, 5, 5)) > 1050, sitk.sitkUInt8) * 7
    moved = resample_to(labels, an_image(size=(20, 20, 9), spacing_mm=(0.4, 0.4, 2.0)), label=True)
    assert moved.GetPixelID() == sitk.sitkUInt8
    assert set(np.unique(sitk.GetArrayFromImage(moved))) == {0, 7}


def test_outside_the_image_is_zero(an_image) -> None:
    away = an_image(origin_mm=(500.0, 500.0, 500.0))
    assert not sitk.GetArrayFromImage(resample_to(an_image(), away)).any()


@given(ANGLES)
@settings(max_examples=20, deadline=None)
def test_profound_grid_has_the_t2w_centre_and_axes(degrees) -> None:
    t2w = oriented(degrees, (40, 38, 9), (0.6, 0.6, 3.6))
    grid = profound_grid(t2w)
    assert grid.GetSize() == (224, 224, 64)
    assert grid.GetSpacing() == (0.5, 0.5, 1.0)
    assert np.allclose(geometry_of(grid).centre_mm, geometry_of(t2w).centre_mm)
    assert grid.GetDirection() == t2w.GetDirection()


@pytest.mark.parametrize("size", [(300, 260, 80), (120, 300, 40), (100, 90, 30)])
def test_profound_grid_crops_and_pads_as_monai_does(size) -> None:
    """On a volume that already has ProFound's spacing, its centre crop and symmetric pad must come out."""
    transforms = pytest.importorskip("monai.transforms")
    values = np.random.default_rng(1).normal(size=size[::-1]).astype(np.float32)
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((0.5, 0.5, 1.0))
    ours = sitk.GetArrayFromImage(resample_to(image, profound_grid(image)))
    cropped = transforms.CenterSpatialCrop((64, 224, 224))(values[None])
    theirs = np.asarray(transforms.SpatialPad((64, 224, 224))(cropped))[0]
    assert np.allclose(ours, theirs, atol=1e-5)
