"""Units of ADC maps are recognised, and impossible values counted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk

from fixtures.measure_phantom import Truth, image_of
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.measures import adc, measure
from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

Series = Callable[..., MeasuredSeries]


@pytest.fixture
def adc_map(truth: Truth) -> np.ndarray:
    values = np.where(truth[0] > 0, 1400.0, 0) + np.random.default_rng(0).normal(0, 100, truth[0].shape)
    inside = np.argwhere(truth[1])
    for k, wrong in ((0, 100.0), (1, 5000.0)):
        for z, y, x in inside[k :: len(inside) // 50][:50]:
            values[z, y, x] = wrong
    return values


@pytest.mark.parametrize("factor", [1.0, 1e3, 1e6, 0.1])
def test_whatever_the_unit_the_tissue_is_the_same(series: Series, adc_map: np.ndarray, factor: float) -> None:
    one = series(image_of(adc_map / factor), role=Role.ADC)
    assert adc.adc_unit(one) == factor
    assert adc.gland_adc(one) == pytest.approx(1400, rel=0.02)
    assert adc.gland_adc_implausible(one) == pytest.approx(100 * 100 / one.gland.sum(), rel=0.01)


def test_without_a_gland_the_unit_is_still_found(series: Series, adc_map: np.ndarray) -> None:
    assert adc.adc_unit(series(image_of(adc_map / 1e3), role=Role.ADC, gland_image=None)) == 1e3


def test_what_is_no_diffusion_coefficient_says_so(series: Series, adc_map: np.ndarray) -> None:
    with pytest.raises(Undefined, match=r"A median of .* no diffusion coefficient"):
        adc.adc_unit(series(image_of(adc_map / 20), role=Role.ADC))
    with pytest.raises(Undefined, match="No voxel"):
        adc.adc_unit(series(image_of(-np.abs(adc_map)), role=Role.ADC, gland_image=None))
    for which in (adc.adc_unit, adc.gland_adc, adc.gland_adc_implausible):
        with pytest.raises(Undefined, match="not an ADC map"):
            which(series(image_of(adc_map)))


@pytest.mark.real_data
def test_the_real_maps_are_in_square_micrometres_a_second(prostate_mini) -> None:
    for name in ("ProstateX-0000", "ProstateX-0001", "ProstateX-0218"):
        folder = prostate_mini / "cases" / name
        found = measure(
            sitk.ReadImage(str(folder / "adc.nii.gz")),
            gland=sitk.ReadImage(str(folder / "gland_taps.nii.gz")),
            role=Role.ADC,
            only=["adc_unit", "gland_adc", "gland_adc_implausible"],
        )
        assert found["adc_unit"].value == 1
        assert 1000 < found["gland_adc"].value < 1700
        assert found["gland_adc_implausible"].value < 2
