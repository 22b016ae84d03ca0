"""Noise that only the high b-values have."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.quality.degradations.high_b_noise import HighBNoise

STEP = HighBNoise(snr_db=20.0)


def test_low_b_values_stay_the_same_object(make_volume) -> None:
    given = make_volume(np.full((4, 20, 20), 100.0), b_value=400.0)
    assert STEP(given, np.random.default_rng(0)) is given


@pytest.mark.parametrize("b_value", [800.0, None])
def test_high_and_unknown_ones_are_noisy_by_their_own_signal(make_volume, b_value) -> None:
    given = make_volume(np.full((4, 60, 60), 100.0), b_value=b_value, reference_signal=9000.0)
    assert STEP(given, np.random.default_rng(0)).voxels.std() == pytest.approx(10.0, rel=0.05)
