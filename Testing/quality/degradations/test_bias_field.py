"""The bias field: MONAI's polynomial, the stated range, the same for all volumes of a scan."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.degradations.bias_field import BiasField, legendre_field
from QualityFinetuneLib.quality.degradations.case import degrade_case
from QualityFinetuneLib.quality.degradations.recipe import single


def test_the_polynomial_is_that_of_monai() -> None:
    monai = pytest.importorskip("monai.transforms")
    degree, shape = 3, (6, 9, 8)
    terms = [(i, j, k) for i in range(4) for j in range(4 - i) for k in range(4 - i - j)]
    drawn = np.random.default_rng(0).standard_normal(len(terms))
    coefficients = np.zeros((4, 4, 4))
    for term, value in zip(terms, drawn, strict=True):
        coefficients[term] = value
    theirs = monai.RandBiasField(degree=degree)._generate_random_field(shape, degree, drawn.tolist())
    np.testing.assert_allclose(legendre_field(shape, coefficients), theirs, atol=1e-5)


@pytest.mark.parametrize("range_db", [3.0, 12.0])
def test_the_field_has_the_stated_range_and_mean_one(make_volume, range_db) -> None:
    field = BiasField(range_db=range_db)(make_volume(np.ones((6, 20, 24))), np.random.default_rng(1)).voxels
    assert 20 * np.log10(field.max() / field.min()) == pytest.approx(range_db)
    assert np.log(field).mean() == pytest.approx(0.0, abs=1e-9)
    assert np.abs(np.diff(np.log(field), axis=1)).max() < 0.3


def test_all_b_values_get_the_same_field_so_adc_stays(diffusion, adc) -> None:
    floats = {b: sitk.Cast(image, sitk.sitkFloat32) for b, image in diffusion.items()}
    case = degrade_case({Role.DWI: floats, Role.ADC: adc}, single("bias", 0.5))
    before = sitk.GetArrayFromImage(floats[50.0])
    ratios = [
        sitk.GetArrayFromImage(case.image(Role.DWI, b_value=b))[before > 400]
        / sitk.GetArrayFromImage(image)[before > 400]
        for b, image in floats.items()
    ]
    np.testing.assert_allclose(ratios[0], ratios[2], rtol=1e-5)
    body = sitk.GetArrayFromImage(adc) > 0
    changed = sitk.GetArrayFromImage(case.image(Role.ADC)).astype(float) - sitk.GetArrayFromImage(adc)
    assert np.abs(np.median(changed[body])) < 5.0
