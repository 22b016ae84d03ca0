"""Entropies at their ends and against a plain calculation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import stats

from fixtures.measure_phantom import ghosted, image_of
from QualityFinetuneLib.quality.measures import information
from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

Series = Callable[..., MeasuredSeries]
Image = Callable[..., sitk.Image]


def test_energy_in_one_voxel_is_0_and_spread_evenly_is_1() -> None:
    one = np.zeros(100, np.float32)
    one[3] = 5
    assert information.entropy_focus(one) == pytest.approx(0, abs=1e-9)
    assert information.entropy_focus(np.full(100, 5, np.float32)) == pytest.approx(1)


def test_the_criterion_is_the_published_sum() -> None:
    x = np.random.default_rng(0).random(500).astype(np.float32) * 900
    b = np.sqrt((x.astype(float) ** 2).sum())
    most = len(x) / np.sqrt(len(x)) * np.log(1 / np.sqrt(len(x)))
    assert information.entropy_focus(x) == pytest.approx(np.sum(x / b * np.log((x + 1e-16) / b)) / most, rel=1e-6)


def test_the_entropy_of_grey_levels_agrees_with_scipy() -> None:
    x = np.random.default_rng(0).gamma(3, 40, 5000).astype(np.float32)
    top = np.percentile(x, 99.5)
    counts, _ = np.histogram(np.minimum(x, top), bins=128, range=(0, top))
    assert information.grey_level_entropy(x) == pytest.approx(stats.entropy(counts, base=2), rel=1e-9)


def test_ghosts_raise_the_focus_criterion(series: Series, phantom: Image) -> None:
    found = [information.efc(series(phantom(ghosted(a)))) for a in (0.0, 0.1, 0.2, 0.4)]
    assert found == sorted(found)


def test_inside_the_gland_only_the_gland_counts(series: Series) -> None:
    one = series()
    before = information.gland_efc(one), information.gland_entropy(one)
    one.values[~one.gland] *= 3
    assert (information.gland_efc(one), information.gland_entropy(one)) == before
    assert 0 < information.entropy(series()) <= 7


def test_nothing_has_no_entropy(series: Series) -> None:
    for values in (np.zeros(9, np.float32), np.ones(1, np.float32)):
        with pytest.raises(Undefined, match="energy"):
            information.entropy_focus(values)
    for values in (np.ones(9), np.array([0.0] * 999 + [5.0])):
        with pytest.raises(Undefined, match="same value"):
            information.grey_level_entropy(values.astype(np.float32))
    assert information.efc(series(image_of(-series().values))) > 0
