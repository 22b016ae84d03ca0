"""Sharpness falls with blur, in millimetres, and tells the real pair apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from fixtures.measure_phantom import blurred, image_of
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.measures import measure, sharpness
from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

Series = Callable[..., MeasuredSeries]
Image = Callable[..., sitk.Image]

FALLING = (sharpness.sharpness, sharpness.gland_sharpness)
RISING = (sharpness.blur, sharpness.gland_blur, sharpness.edge_width, sharpness.gland_edge_width)


@pytest.mark.parametrize("which", [*FALLING, *RISING], ids=lambda one: one.__name__)
def test_more_blur_is_always_seen(which: Callable[..., float], series: Series, phantom: Image) -> None:
    found = [which(series(phantom(blurred(s), noise=2))) for s in (0.3, 0.8, 1.3, 2.0)]
    assert found == sorted(found, reverse=which in FALLING)


@pytest.mark.parametrize("spacing_mm", [(0.5, 0.5, 3.0), (0.8, 0.4, 3.0), (0.4, 0.8, 2.0)])
@pytest.mark.parametrize("step_mm", [0.8, 1.2])
def test_the_width_of_an_edge_is_in_millimetres(spacing_mm: tuple[float, float, float], step_mm: float) -> None:
    """Of a disc whose border is blurred by 0.8 or 1.2 mm, however the pixels are shaped."""
    x_mm, y_mm = ((np.arange(160) - 79.5) * s for s in spacing_mm[:2])
    disc = (np.hypot(x_mm[None], y_mm[:, None]) < 20) * 200.0 + 50
    plane = ndimage.gaussian_filter(disc, (step_mm / spacing_mm[1], step_mm / spacing_mm[0]))
    one = MeasuredSeries(image=image_of(np.stack([plane] * 3), spacing_mm), role=Role.T2W)
    narrowest = max(0.5, 0.7 * max(spacing_mm[:2]))
    expected = np.sqrt(2 * np.pi) * np.hypot(step_mm, narrowest)
    assert sharpness._edge_width(one, np.ones((3, 160, 160), bool)) == pytest.approx(expected, rel=0.12)


def test_thick_slices_are_seen(series: Series) -> None:
    rng = np.random.default_rng(0)
    fine = ndimage.gaussian_filter(rng.random((24, 90, 90)), (2, 3, 3)) * 900 + 100
    found = [
        sharpness.through_plane_sharpness(series(image_of(ndimage.uniform_filter1d(fine, n, axis=0))))
        for n in (1, 3, 5, 7)
    ]
    assert found == sorted(found, reverse=True)


def test_one_slice_has_no_through_plane_sharpness(series: Series) -> None:
    with pytest.raises(Undefined, match="one slice"):
        sharpness.through_plane_sharpness(series(image_of(series().values[:1])))


def test_slices_without_common_signal_cannot_be_compared(series: Series) -> None:
    values = np.zeros((2, 60, 60))
    values[0, :25], values[1, 35:] = (np.random.default_rng(0).random((25, 60)) * 9 + 100 for _ in range(2))
    with pytest.raises(Undefined, match="same place"):
        sharpness.through_plane_sharpness(series(image_of(values)))


def test_a_region_smaller_than_the_window_has_no_blur(series: Series) -> None:
    with pytest.raises(Undefined, match="smaller than the 7 pixels"):
        sharpness.blur(series(image_of(np.random.default_rng(0).random((20, 5, 5)))))


def test_flat_regions_have_no_edges(series: Series) -> None:
    one = series(image_of(np.ones((3, 40, 40))))
    with pytest.raises(Undefined, match="no edge"):
        sharpness._edge_width(one, np.ones((3, 40, 40), bool))


@pytest.mark.real_data
def test_the_repeat_is_sharper_than_the_scan_that_the_patient_spoilt(real_pair: dict[str, sitk.Image]) -> None:
    lower = ("gland_blur", "gland_edge_width", "blur", "gland_efc")
    higher = ("sharpness", "gland_sharpness", "through_plane_sharpness", "gland_cnr")
    good, moved = (
        measure(real_pair[key], gland=real_pair["gland"], role=Role.T2W, only=(*lower, *higher))
        for key in ("good", "moved")
    )
    assert {name for name in lower if good[name].value >= moved[name].value} == set()
    assert {name for name in higher if good[name].value <= moved[name].value} == set()
    assert moved["gland_sharpness"].value < 0.85 * good["gland_sharpness"].value
