"""Diffusion against the T2W: by the glands drawn on both, or by the images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from fixtures.measure_phantom import SPACING_MM, image_of
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.measures import alignment, measure
from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

Series = Callable[..., MeasuredSeries]
Image = Callable[..., sitk.Image]
ALL = (alignment.gland_displacement, alignment.gland_overlap, alignment.gland_distortion)


def shifted(image: sitk.Image, shift_mm: tuple[float, float, float]) -> sitk.Image:
    moved = sitk.Image(image)
    moved.SetOrigin([o + s for o, s in zip(image.GetOrigin(), shift_mm, strict=True)])
    return moved


@pytest.fixture
def adc(phantom: Image) -> sitk.Image:
    return phantom(lambda values: np.where(values > 0, 400 - values, 0))


def test_two_drawn_glands_give_distance_overlap_and_shape(
    series: Series, phantom: Image, adc: sitk.Image, gland: sitk.Image
) -> None:
    drawn = shifted(gland, (3.5, 0.0, 0.0))
    one = series(adc, role=Role.ADC, t2w=phantom(), own_gland=drawn)
    assert alignment.gland_displacement(one) == pytest.approx(3.5, abs=0.05)
    mask = sitk.GetArrayFromImage(gland) > 0
    moved = np.roll(mask, 5, axis=2)
    assert alignment.gland_overlap(one) == pytest.approx(2 * (mask & moved).sum() / (2 * mask.sum()), abs=0.005)
    assert alignment.gland_distortion(one) < 0.1
    grown = sitk.GetImageFromArray(ndimage.binary_dilation(mask, np.ones((1, 7, 7))).astype(np.uint8))
    grown.SetSpacing(SPACING_MM)
    wider = series(adc, role=Role.ADC, t2w=phantom(), own_gland=grown)
    assert alignment.gland_distortion(wider) == pytest.approx(3 * 0.7, rel=0.35)
    assert alignment.gland_displacement(wider) < 0.3


@pytest.mark.parametrize("shift_mm", [2.1, 4.9])
def test_without_drawn_glands_the_images_are_matched(
    series: Series, phantom: Image, adc: sitk.Image, shift_mm: float
) -> None:
    one = series(shifted(adc, (0.0, shift_mm, 0.0)), role=Role.ADC, t2w=phantom())
    assert alignment.gland_displacement(one) == pytest.approx(shift_mm, abs=0.8)
    assert alignment.gland_distortion(one) < 1.5
    with pytest.raises(Undefined, match="not drawn on this series"):
        alignment.gland_overlap(one)


def test_stronger_bending_is_seen_along_the_known_direction(series: Series, phantom: Image) -> None:
    def bent(push_mm: float) -> Callable[[np.ndarray], np.ndarray]:
        def bend(values: np.ndarray) -> np.ndarray:
            z, y, x = np.indices(values.shape).astype(float)
            push = push_mm / 0.7 * np.sin(y / 9) * np.cos(x / 12)
            turned = np.where(values > 0, 400 - values, 0)
            return ndimage.map_coordinates(turned, [z, y - push, x], order=1, mode="nearest")

        return bend

    found = [
        alignment.gland_distortion(series(phantom(bent(mm)), role=Role.ADC, t2w=phantom(), phase_encoding="COL"))
        for mm in (0, 2, 4)
    ]
    assert found == sorted(found) and found[-1] > 2 * max(found[0], 0.3)


def test_each_thing_that_is_missing_has_its_words(
    series: Series, phantom: Image, adc: sitk.Image, gland: sitk.Image
) -> None:
    empty = gland * 0
    cases = (
        (series(adc, t2w=phantom()), "not a diffusion series"),
        (series(adc, role=Role.HBV), "No T2W was given"),
        (series(adc, role=Role.ADC, t2w=phantom(), gland_image=None, own_gland=gland), "No gland mask"),
        (series(adc, role=Role.ADC, t2w=phantom(), own_gland=empty), "no voxel"),
    )
    for one, why in cases:
        for which in ALL:
            with pytest.raises(Undefined, match=why):
                which(one)


def test_series_that_show_different_things_are_not_matched(series: Series, phantom: Image) -> None:
    noise = image_of(np.random.default_rng(0).random((6, 128, 128)))
    with pytest.raises(Undefined, match="too little of what the T2W shows"):
        alignment.gland_displacement(series(noise, role=Role.HBV, t2w=phantom()))


def test_the_direction_of_phase_is_carried_to_the_t2w(series: Series, phantom: Image, adc: sitk.Image) -> None:
    t2w = phantom()
    turned = sitk.PermuteAxes(adc, [1, 0, 2])
    for image, known, axis in ((adc, "COL", 1), (adc, "ROW", 2), (turned, "COL", 2), (turned, "ROW", 1)):
        assert series(image, phase_encoding=known).phase_axes_in(t2w) == (axis,)
    assert series(adc).phase_axes_in(t2w) == (1, 2)


@pytest.mark.real_data
def test_a_shift_of_a_real_map_is_found_to_a_tenth_of_a_millimetre(prostate_mini: Path) -> None:
    folder = prostate_mini / "cases" / "ProstateX-0001"
    t2w, adc, gland = (sitk.ReadImage(str(folder / f"{name}.nii.gz")) for name in ("t2w", "adc", "gland_taps"))

    def found(image: sitk.Image) -> np.ndarray:
        one = MeasuredSeries(image=image, role=Role.ADC, gland_image=gland, t2w=t2w)
        return np.array(alignment._matched(one, t2w).translation.GetParameters())

    assert found(shifted(adc, (4.0, -3.0, 0.0))) - found(adc) == pytest.approx([4.0, -3.0, 0.0], abs=0.1)
    assert (
        measure(adc, gland=gland, t2w=t2w, role=Role.ADC, only=["gland_displacement"])["gland_displacement"].value < 3
    )
