"""The frame: the scanner's axes, whatever way a volume is stored."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.grid import geometry_of
from QualityFinetuneLib.quality.degradations.frame import frame_of, slice_axis
from QualityFinetuneLib.quality.degradations.phase_encoding import ASSUMED, PhaseEncoding

LR = PhaseEncoding(direction=(1.0, 0.0, 0.0), source="recipe")
FLIPS = list(itertools.product((False, True), repeat=3))
ORDERS = list(itertools.permutations(range(3)))


@pytest.mark.parametrize("flips", FLIPS)
@pytest.mark.parametrize("order", ORDERS)
def test_a_volume_stored_any_way_is_the_same_in_the_frame(t2w, flips, order) -> None:
    stored = sitk.PermuteAxes(sitk.Flip(t2w, flips), order)
    plain, other = (frame_of(geometry_of(image), ASSUMED) for image in (t2w, stored))
    a, b = plain.taken(sitk.GetArrayFromImage(t2w)), other.taken(sitk.GetArrayFromImage(stored))
    np.testing.assert_array_equal(a, b)
    np.testing.assert_allclose(plain.first_voxel_mm, other.first_voxel_mm, atol=1e-9)
    np.testing.assert_allclose(plain.directions, other.directions, atol=1e-12)
    np.testing.assert_array_equal(other.given_back(b), sitk.GetArrayFromImage(stored))


@pytest.mark.parametrize("encoding", [ASSUMED, LR])
def test_frame_axes_run_to_the_left_back_and_head(oriented, encoding) -> None:
    frame = frame_of(geometry_of(oriented((12.0, -8.0, 20.0), (True, True, False))), encoding)
    assert all(row[np.argmax(np.abs(row))] > 0 for row in frame.directions)
    phase = frame.directions[1]
    assert int(np.argmax(np.abs(phase))) == (1 if encoding is ASSUMED else 0)


def test_offsets_are_physical_distances_along_the_axes(oriented) -> None:
    image = oriented((25.0, 10.0, -15.0), (False, True, True), crop=5)
    frame = frame_of(geometry_of(image), ASSUMED)
    point = np.array([3.0, -4.0, 7.0])
    s, p, f = frame.offsets_mm(point)
    distance = np.sqrt(s**2 + p**2 + f**2)
    index = (11, 23, 5)
    expected = np.linalg.norm(np.array(image.TransformIndexToPhysicalPoint(index)) - point)
    stored = frame.given_back(distance)
    assert stored[index[::-1]] == pytest.approx(expected, abs=1e-9)


def test_field_of_view_and_spacing_follow_the_axes(t2w) -> None:
    frame = frame_of(geometry_of(t2w), LR)
    assert frame.shape == (8, 64, 56)
    assert frame.spacing_mm == (4.0, 1.5, 1.5)
    assert frame.fov_mm == (32.0, 96.0, 84.0)


@pytest.mark.parametrize(
    ("spacing", "axis"), [((1.0, 1.0, 3.0), 2), ((3.0, 1.0, 1.0), 0), ((1.0, 4.0, 1.0), 1), ((1.0, 1.2, 1.0), 2)]
)
def test_slices_follow_the_coarse_axis(spacing, axis) -> None:
    image = sitk.Image((4, 5, 6), sitk.sitkUInt8)
    image.SetSpacing(spacing)
    assert slice_axis(geometry_of(image)) == axis
