"""Pushing: nothing is lost, nothing is negative, whole voxels move exactly, folds pile up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from QualityFinetuneLib.quality.degradations.push import pushed

SHAPE = (2, 9, 3)
signals = arrays.arrays(float, SHAPE, elements=st.floats(0, 1000))
fields = arrays.arrays(float, SHAPE, elements=st.floats(-30, 30))


@given(signals, fields)
def test_every_line_keeps_its_sum_even_where_tissue_folds(voxels, field) -> None:
    found = pushed(voxels, field)
    np.testing.assert_allclose(found.sum(axis=1), voxels.sum(axis=1), rtol=1e-9, atol=1e-6)
    assert found.min() > -1e-6


@given(signals, st.integers(-20, 20))
def test_whole_voxels_move_exactly_and_wrap_around(voxels, shift) -> None:
    np.testing.assert_allclose(
        pushed(voxels, np.full(SHAPE, float(shift))), np.roll(voxels, shift, axis=1), atol=1e-6
    )


@given(signals)
def test_no_displacement_is_the_identity(voxels) -> None:
    np.testing.assert_allclose(pushed(voxels, np.zeros(SHAPE)), voxels, atol=1e-9)


def test_half_a_voxel_is_shared_between_two() -> None:
    voxels = np.zeros((1, 8, 1))
    voxels[0, 3] = 10.0
    np.testing.assert_allclose(pushed(voxels, np.full((1, 8, 1), 0.5))[0, :, 0], [0, 0, 0, 5, 5, 0, 0, 0], atol=1e-12)


def test_squeezing_to_half_doubles_and_stretching_to_twice_halves() -> None:
    places = np.arange(40.0)[None, :, None]
    voxels = np.ones((1, 40, 1))
    squeezed = pushed(voxels, -0.5 * (places - 19.5))[0, 12:28, 0]
    stretched = pushed(voxels, 1.0 * (places - 19.5))
    np.testing.assert_allclose(squeezed, 2.0, atol=1e-9)
    inside = pushed(np.pad(np.ones((1, 10, 1)), ((0, 0), (15, 15), (0, 0))), 1.0 * (places - 19.5))[0, 12:28, 0]
    np.testing.assert_allclose(inside, 0.5, atol=1e-9)
    assert stretched.sum() == pytest.approx(40.0)


def test_smooth_fields_agree_with_the_jacobian() -> None:
    n = 400
    x = np.arange(n, dtype=float)
    field = 6.0 * np.exp(-(((x - 200) / 40) ** 2))
    signal = 100.0 + 20.0 * np.sin(x / 25.0)
    found = pushed(signal[None, :, None], field[None, :, None])[0, :, 0]
    fine = np.linspace(0, n - 1, 20 * n)
    shift = 6.0 * np.exp(-(((fine - 200) / 40) ** 2))
    jacobian = 1.0 / (1.0 + np.gradient(shift, fine))
    expected = np.interp(x, fine + shift, (100.0 + 20.0 * np.sin(fine / 25.0)) * jacobian)
    np.testing.assert_allclose(found[20:-20], expected[20:-20], rtol=2e-3)
