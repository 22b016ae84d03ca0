"""Immerkaer's mask and growing in millimetres."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from QualityFinetuneLib.quality.measures.filters import grown, immerkaer


def test_the_mask_is_the_published_one_and_keeps_white_noise() -> None:
    noise = np.random.default_rng(0).normal(0, 1, (3, 80, 90)).astype(np.float32)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]) / 6
    found = immerkaer(noise)
    for plane, ours in zip(noise, found, strict=True):
        assert np.allclose(ours[1:-1, 1:-1], ndimage.convolve(plane, kernel)[1:-1, 1:-1], atol=1e-5)
    assert found[:, 1:-1, 1:-1].std() == pytest.approx(1, rel=0.03)


def test_shading_and_straight_edges_along_the_axes_are_no_noise() -> None:
    y, x = np.mgrid[:20, :30]
    assert np.abs(immerkaer((3.0 * x + 2 * y + 100 * (x > 7))[None].astype(np.float32))).max() < 1e-3
    assert not immerkaer(np.ones((1, 2, 2), np.float32)).any()


def test_a_mask_grows_by_millimetres_within_its_slice() -> None:
    mask = np.zeros((3, 41, 41), bool)
    mask[1, 20, 20] = True
    wide = grown(mask, 3.0, (3.0, 0.5, 1.0))
    assert not wide[[0, 2]].any()
    rows, columns = np.flatnonzero(wide[1].any(axis=1)), np.flatnonzero(wide[1].any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (14, 26, 17, 23)
