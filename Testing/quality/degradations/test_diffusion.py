"""The diffusion scan: what is computed from degraded signals is computed again, in the scanner's own way."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.degradations.case import degrade_case
from QualityFinetuneLib.quality.degradations.diffusion import adc_unit
from QualityFinetuneLib.quality.degradations.recipe import Recipe, single
from QualityFinetuneLib.quality.degradations.series import CaseImage


def values(image: sitk.Image) -> np.ndarray:
    return sitk.GetArrayFromImage(image).astype(float)


@pytest.fixture
def high_b(diffusion) -> sitk.Image:
    """A calculated b 1400."""
    low, high = (values(diffusion[b]) for b in (50.0, 800.0))
    ratio = np.where(low > 0, high / np.maximum(low, 1), 0.0)
    image = sitk.GetImageFromArray(np.rint(high * ratio ** (600 / 750)).astype(np.int16))
    image.CopyInformation(diffusion[50.0])
    return image


FAINT = Recipe.model_validate({"steps": [{"kind": "adc_noise", "snr_db": 70}]})
"""Noise that nobody sees: what changes with it is the way ADC is computed again."""


def scan(diffusion, adc, high_b=None, *, calculated=True) -> list[CaseImage]:
    images = [CaseImage(role=Role.DWI, image=image, b_value=b, calculated=False) for b, image in diffusion.items()]
    images.append(CaseImage(role=Role.ADC, image=adc))
    if high_b is not None:
        images.append(CaseImage(role=Role.HBV, image=high_b, calculated=calculated))
    return images


def test_a_hardly_visible_degradation_hardly_changes_adc(diffusion, adc, high_b) -> None:
    case = degrade_case(scan(diffusion, adc, high_b), FAINT)
    assert case.record.adc_b_values == (50.0, 400.0, 800.0)
    assert not case.record.adc_from_synthetic_signals
    body = values(adc) > 0
    assert np.abs(values(case.image(Role.ADC)) - values(adc))[body].mean() < 15.0
    bright = values(high_b) > np.percentile(values(high_b), 60)
    np.testing.assert_allclose(values(case.image(Role.HBV))[bright], values(high_b)[bright], rtol=0.1, atol=5)


def test_the_scanners_scale_and_background_are_kept(diffusion, adc) -> None:
    """A scanner whose ADC is 4 % higher and in another unit keeps both."""
    theirs = sitk.Cast(adc, sitk.sitkFloat32) * 1.04e-3
    case = degrade_case(scan(diffusion, theirs), FAINT)
    after, before = values(case.image(Role.ADC)), values(theirs)
    body = before > 0
    assert np.median(after[body] / before[body]) == pytest.approx(1.0, abs=0.01)
    assert (after[~body] == 0).mean() > 0.95


def test_noise_spreads_adc_without_moving_its_median_much(diffusion, adc) -> None:
    case = degrade_case(scan(diffusion, adc), single("adc_noise", 0.5))
    body = values(adc) > 0
    after, before = values(case.image(Role.ADC))[body], values(adc)[body]
    kept = after > 0
    assert after[kept].std() > 1.2 * before.std()
    assert np.median(after[kept]) == pytest.approx(np.median(before), rel=0.05)


def test_distortion_moves_adc_but_piles_nothing_up(diffusion, adc, gland) -> None:
    case = degrade_case(scan(diffusion, adc), single("epi_distortion", 0.8), gland=gland)
    after, before = values(case.image(Role.ADC)), values(adc)
    assert (np.abs(after - before) > 100).sum() > 50
    assert np.percentile(after, 99.9) <= 1.05 * np.percentile(before, 99.9)
    b800 = values(case.image(Role.DWI, b_value=800.0))
    assert b800.max() > 1.15 * values(diffusion[800.0]).max()


def test_misaligned_b_values_spoil_adc_at_edges(diffusion, adc) -> None:
    case = degrade_case(scan(diffusion, adc), single("eddy", 0.8))
    changed = np.abs(values(case.image(Role.ADC)) - values(adc))
    edge = np.hypot(*np.gradient(values(diffusion[50.0]), axis=(1, 2))) > 400
    inside = (values(adc) > 0) & ~edge
    assert changed[edge].mean() > 2 * changed[inside].mean()


def test_noise_at_high_b_leaves_low_b_untouched_and_reaches_adc(diffusion, adc) -> None:
    case = degrade_case(scan(diffusion, adc), single("high_b_noise", 0.5))
    assert case.image(Role.DWI, b_value=50.0) is diffusion[50.0]
    assert case.image(Role.DWI, b_value=800.0) is not diffusion[800.0]
    assert case.image(Role.ADC) is not adc


def test_a_case_with_only_adc_and_high_b_gets_signals_that_give_exactly_these(adc, high_b) -> None:
    images = [CaseImage(role=Role.ADC, image=adc), CaseImage(role=Role.HBV, image=high_b, b_value=1400.0)]
    case = degrade_case(images, Recipe.model_validate({"steps": [{"kind": "adc_noise", "snr_db": 75}]}))
    assert case.record.adc_from_synthetic_signals
    assert case.record.adc_b_values == (0.0, 800.0)
    body = (values(adc) > 0) & (values(high_b) > 30)
    np.testing.assert_allclose(values(case.image(Role.ADC))[body], values(adc)[body], rtol=0.05, atol=20)


def test_a_case_with_adc_alone_can_be_degraded(adc) -> None:
    case = degrade_case({Role.ADC: adc}, single("adc_noise", 0.5))
    assert case.record.adc_from_synthetic_signals
    assert (values(case.image(Role.ADC)) != values(adc)).any()


def test_b_values_that_are_not_known_or_elsewhere_do_not_make_adc(diffusion, adc) -> None:
    cropped = {b: image[2:, :, :] for b, image in diffusion.items()}
    case = degrade_case(scan(cropped, adc), single("adc_noise", 0.5))
    assert case.record.adc_from_synthetic_signals  # the volumes do not lie on the map
    unknown = [CaseImage(role=Role.DWI, image=diffusion[50.0]), CaseImage(role=Role.ADC, image=adc)]
    assert degrade_case(unknown, single("adc_noise", 0.5)).record.adc_from_synthetic_signals


def test_without_maps_only_the_signals_change(diffusion) -> None:
    case = degrade_case({Role.DWI: diffusion}, single("n2_ghost", 0.5))
    assert case.record.adc_b_values == ()
    assert all(one.changed for one in case.record.series)


def test_a_calculated_volume_alone_stays(high_b) -> None:
    case = degrade_case([CaseImage(role=Role.HBV, image=high_b, calculated=True)], single("n2_ghost", 0.5))
    assert case.image(Role.HBV) is high_b


@pytest.mark.parametrize("unit", [1e6, 1e3, 1.0, 1e9])
def test_units_are_told_apart_by_the_size_of_the_values(unit) -> None:
    assert adc_unit(np.array([0.0, 0.8e-3, 1.4e-3, 2.0e-3]) * unit) == pytest.approx(unit)


def test_a_map_that_is_mostly_fat_keeps_its_unit() -> None:
    fat, gland, bladder = np.full(600, 250.0), np.full(250, 1400.0), np.full(50, 2900.0)
    assert adc_unit(np.concatenate([fat, gland, bladder])) == 1e6


def test_an_empty_map_is_taken_for_the_usual_unit() -> None:
    assert adc_unit(np.zeros(5)) == 1e6
