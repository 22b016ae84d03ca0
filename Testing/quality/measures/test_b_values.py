"""Volumes of one diffusion scan that do not lie on one another are told, in millimetres."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.measures import b_values
from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

SHAPE = (8, 70, 64)


def scan(b_value: float, push_mm: float = 0.0, *, scale: float = 0.0, axis: int = 1) -> sitk.Image:
    """A body of tissues with different ADC, 2 x 2 x 3 mm, pushed and stretched along an axis."""
    rng = np.random.default_rng(3)
    signal = 300 + 80 * ndimage.gaussian_filter(rng.normal(0, 1, SHAPE), (0.5, 2, 2)) * 8
    adc = 1.2e-3 + 4e-4 * ndimage.gaussian_filter(rng.normal(0, 1, SHAPE), (0.5, 2, 2)) * 8
    values = np.clip(signal, 50, None) * np.exp(-b_value * np.clip(adc, 2e-4, 3e-3))
    _, y, x = np.indices(SHAPE)
    values = np.where(((y - 35) / 32) ** 2 + ((x - 32) / 30) ** 2 < 1, values, 2)
    places = list(np.indices(SHAPE).astype(float))
    places[axis] = places[axis] - push_mm / 2 - scale * (places[axis] - SHAPE[axis] / 2)
    image = sitk.GetImageFromArray(ndimage.map_coordinates(values, places, order=1, mode="nearest"))
    image.SetSpacing((2.0, 2.0, 3.0))
    return sitk.Cast(image, sitk.sitkFloat32)


def displacement(image: sitk.Image, low_b: sitk.Image | None, known: str | None = "COL", **more: object) -> float:
    given = {"role": Role.DWI, "phase_encoding": known, **more}
    return b_values.b_value_displacement(MeasuredSeries(image=image, low_b=low_b, **given))


@pytest.mark.parametrize(("axis", "known"), [(1, "COL"), (2, "ROW"), (2, None)])
@pytest.mark.parametrize("push_mm", [0.0, 2.4, -5.0])
def test_a_shift_between_b_values_is_found(axis: int, known: str | None, push_mm: float) -> None:
    found = displacement(scan(800, push_mm, axis=axis), scan(50), known)
    assert found == pytest.approx(abs(push_mm), abs=0.5)


def test_scaling_is_seen_although_the_middle_stays() -> None:
    found = [displacement(scan(800, scale=s), scan(50)) for s in (0.0, 0.03, 0.06)]
    assert found == sorted(found)
    assert found[2] > 1.2


def test_what_is_missing_has_its_words() -> None:
    with pytest.raises(Undefined, match="lower b-value"):
        displacement(scan(800), None)
    with pytest.raises(Undefined, match="not an acquired diffusion"):
        displacement(scan(800), scan(50), role=Role.ADC)
    with pytest.raises(Undefined, match="too little"):
        displacement(scan(800)[:20, :20], scan(50)[:20, :20])


def test_volumes_that_share_nothing_are_not_compared_in_silence() -> None:
    """Either no common displacement is found, or it is that of chance; never a crash."""
    noise = sitk.GetImageFromArray(np.random.default_rng(0).random(SHAPE).astype(np.float32))
    noise.CopyInformation(scan(50))
    try:
        assert 0 <= displacement(noise, scan(50)) <= 20
    except Undefined as reason:
        assert "too little" in str(reason)
