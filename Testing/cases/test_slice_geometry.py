"""Axes, order and regularity of slices, against scipy's rotations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from QualityFinetuneLib.cases.headers import read_slices
from QualityFinetuneLib.cases.slice_geometry import axes_of, geometry_of_slices, irregular, places_of
from QualityFinetuneLib.cases.stacks import sort_slices


@given(st.tuples(*[st.floats(-180, 180)] * 3))
@settings(max_examples=40, deadline=None)
def test_axes_are_a_rotation_even_from_rounded_cosines(degrees) -> None:
    matrix = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    axes = axes_of([round(float(v), 4) for v in (*matrix[:, 0], *matrix[:, 1])])
    assert np.allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    assert np.isclose(np.linalg.det(axes), 1)
    assert np.allclose(axes, matrix, atol=1e-3)


@given(order=st.permutations(range(6)))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_files_does_not_matter(dicom, order) -> None:
    if not dicom.folder.exists():
        dicom.series(dicom.T2W, at=dicom.Volume.oblique(12, 5, 0))
    slices = [read_slices(path)[0] for path in sorted(p for p in dicom.folder.rglob("*") if p.is_file())]
    (stack,) = sort_slices([slices[i] for i in order]).stacks
    assert irregular(stack.slices) is None
    assert geometry_of_slices(stack.slices) == sort_slices(slices).stacks[0].geometry


def in_order(dicom, **options):
    slices = [read_slices(path)[0] for path in dicom.series(dicom.T2W, **options)]
    return sorted(slices, key=lambda s: s.position_mm[2])


def test_numbers_too_small_for_itk_become_zero() -> None:
    axes = axes_of((1, 1e-300, 0, 0, 1, -1e-17))
    assert set(np.unique(axes)) == {0.0, 1.0}


def test_places_hold_the_slices_of_one_position(dicom) -> None:
    slices = in_order(dicom)
    places = places_of([*slices, slices[2]])
    assert [len(place) for place in places] == [1, 1, 2, 1, 1, 1]


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_slices_are_always_regular(dicom, count) -> None:
    assert irregular(in_order(dicom)[:count]) is None


@given(shift=st.floats(-1, 1), which=st.integers(0, 5))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_slice_may_lie_a_twentieth_of_the_distance_off_its_place(dicom, shift, which) -> None:
    if not dicom.folder.exists():
        dicom.cached = in_order(dicom)
    slices = list(dicom.cached)
    x, y, z = slices[which].position_mm
    slices[which] = replace(slices[which], position_mm=(x, y, z + shift))
    # An end that moves takes the whole grid along by its share; well inside or outside of that the answer is clear.
    if abs(shift) < 0.1:
        assert irregular(slices) is None
    if abs(shift) > 0.3:
        assert irregular(slices) is not None
