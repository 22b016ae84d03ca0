"""Where the gland and the rectum are."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.quality.degradations.landmarks import ASSUMED_RADIUS_MM, landmarks_of


def test_a_mask_tells_middle_size_and_the_rectum_behind(t2w, gland) -> None:
    found = landmarks_of(t2w, gland)
    assert found.from_mask
    np.testing.assert_allclose(found.gland_mm, (0.0, 0.0, 0.0), atol=0.1)
    assert found.gland_radius_mm == pytest.approx(13.0, abs=1.0)
    assert found.rectum_mm[1] == pytest.approx(10.0 + 12.0, abs=2.0)


def test_a_mask_may_lie_on_any_grid(t2w, gland) -> None:
    plain = landmarks_of(t2w, gland)
    turned = landmarks_of(t2w, sitk.PermuteAxes(sitk.Flip(gland, (True, False, True)), (2, 0, 1)))
    np.testing.assert_allclose(plain.gland_mm, turned.gland_mm, atol=1e-9)
    assert plain.rectum_mm == pytest.approx(turned.rectum_mm)


@pytest.mark.parametrize("empty", [False, True])
def test_without_a_gland_the_middle_of_the_image_is_assumed(t2w, gland, empty) -> None:
    found = landmarks_of(t2w, gland * 0 if empty else None)
    assert not found.from_mask
    assert found.gland_radius_mm == ASSUMED_RADIUS_MM
    np.testing.assert_allclose(found.gland_mm, (0.0, 0.0, 0.0), atol=1e-9)
