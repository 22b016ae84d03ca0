"""ADC: exact on one exponential, NumPy's own least squares elsewhere, and the scanner's map on a real exam."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.grid import resample_to
from QualityFinetuneLib.cases.reading import read_image
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.quality.degradations.adc_fit import (
    HIGHEST_B_FOR_ADC,
    LARGEST_ADC,
    b_value_of_calculated,
    b_values_for_adc,
    fit_adc,
    signal_at,
)

RNG = np.random.default_rng(0)
TRUE_ADC = RNG.uniform(3e-4, 2.8e-3, (4, 5, 6))
TRUE_S0 = RNG.uniform(200, 2000, (4, 5, 6))


def signals(*b_values: float) -> dict[float, np.ndarray]:
    return {b: TRUE_S0 * np.exp(-b * TRUE_ADC) for b in b_values}


@pytest.mark.parametrize("b_values", [(0.0, 800.0), (50.0, 400.0, 800.0), (100.0, 500.0, 1000.0, 1400.0)])
def test_one_exponential_is_found_exactly(b_values) -> None:
    fit = fit_adc(signals(*b_values))
    np.testing.assert_allclose(fit.adc, TRUE_ADC, rtol=1e-9)
    np.testing.assert_allclose(fit.s0, TRUE_S0, rtol=1e-9)
    np.testing.assert_allclose(signal_at(fit, 1400.0), TRUE_S0 * np.exp(-1400 * TRUE_ADC), rtol=1e-9)


def test_with_noise_it_is_the_least_squares_line_of_numpy() -> None:
    noisy = {b: s * RNG.uniform(0.9, 1.1, s.shape) for b, s in signals(50.0, 400.0, 800.0).items()}
    fit = fit_adc(noisy)
    stack = np.log(np.stack([noisy[b].ravel() for b in sorted(noisy)]))
    slope, intercept = np.polyfit(sorted(noisy), stack, 1)
    usable = (-slope > 0) & (-slope < LARGEST_ADC)
    np.testing.assert_allclose(fit.adc.ravel()[usable], -slope[usable], rtol=1e-6)
    np.testing.assert_allclose(fit.s0.ravel()[usable], np.exp(intercept[usable]), rtol=1e-6)


def test_signal_that_rises_or_is_absent_gives_zero() -> None:
    fit = fit_adc({0.0: np.array([10.0, 0.0]), 800.0: np.array([30.0, 0.0])})
    np.testing.assert_array_equal(fit.adc, 0.0)


@pytest.mark.parametrize("given", [{}, {800.0: np.ones(3)}])
def test_one_b_value_is_too_few(given) -> None:
    with pytest.raises(UserError) as caught:
        fit_adc(given)
    assert caught.value.code is ErrorCode.MISSING_SERIES


def test_b_values_up_to_1000_are_used_unless_there_are_too_few() -> None:
    assert b_values_for_adc(dict.fromkeys((1400.0, 800.0, 50.0))) == (50.0, 800.0)
    assert b_values_for_adc(dict.fromkeys((50.0, 1400.0))) == (50.0, 1400.0)


def test_the_b_value_of_a_calculated_volume_is_found() -> None:
    fit = fit_adc(signals(0.0, 800.0))
    assert b_value_of_calculated(fit, signal_at(fit, 1400.0) * 1.001) == pytest.approx(1400.0, abs=10)
    assert b_value_of_calculated(fit, np.zeros_like(fit.adc)) == HIGHEST_B_FOR_ADC


@pytest.mark.real_data
@pytest.mark.parametrize("case", ["ProstateX-0000", "ProstateX-0001"])
def test_the_scanners_adc_of_a_real_exam_is_found_in_the_gland(prostate_mini: Path, case: str) -> None:
    folder = prostate_mini / "cases" / case
    scanner = read_image(folder / "adc.nii.gz")
    volumes = {
        float(b): sitk.GetArrayFromImage(read_image(folder / f"b{b}.nii.gz")).astype(float) for b in (50, 400, 800)
    }
    gland = sitk.GetArrayFromImage(resample_to(read_image(folder / "gland_taps.nii.gz"), scanner, label=True)) > 0
    theirs = sitk.GetArrayFromImage(scanner).astype(float)
    inside = gland & (theirs > 0)
    fit = fit_adc(volumes)
    ours = fit.adc * 1e6
    assert np.corrcoef(ours[inside], theirs[inside])[0, 1] > 0.995
    assert abs(np.median(ours[inside] - theirs[inside])) < 60.0  # 1e-6 mm2/s: 4 % of a gland's ADC
    calculated = sitk.GetArrayFromImage(read_image(folder / "hbv_calc.nii.gz")).astype(float)
    assert b_value_of_calculated(fit, calculated) == pytest.approx(1000.0, abs=120.0)  # its DICOM header says 1000
