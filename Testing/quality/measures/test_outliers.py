"""Who stands out is decided by the cohort."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.quality.measures import Measures, MeasureValue, flagged


def cohort(name: str, *values: float) -> dict[int, Measures]:
    return {
        key: Measures(
            {name: MeasureValue.missing("1", "gone") if np.isnan(value) else MeasureValue(value=value, unit="1")}
        )
        for key, value in enumerate(values)
    }


def test_only_the_worse_side_is_flagged() -> None:
    assert flagged(cohort("ghost_energy", 1, 2, 3, 2, 1, 40, 2), "ghost_energy").keys() == {5}
    assert flagged(cohort("snr", 10, 11, 12, 10, 1, 40, 11), "snr").keys() == {4}


def test_the_score_is_the_modified_z_score() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 60.0]
    median = float(np.median(values))
    mad = float(np.median(np.abs(np.array(values) - median)))
    assert flagged(cohort("efc", *values), "efc")[5] == pytest.approx(0.6744898 * (60 - median) / mad)


def test_missing_values_few_series_and_equal_ones_flag_nobody() -> None:
    assert flagged(cohort("efc", 1, 2, 3, 400), "efc") == {}
    assert flagged(cohort("efc", 2, 2, 2, 2, 2, 9), "efc") == {}
    assert flagged(cohort("efc", 1, 2, 3, float("nan"), 2, 1, 50), "efc").keys() == {6}


def test_a_measure_without_a_better_side_cannot_flag() -> None:
    with pytest.raises(ValueError, match="no better side"):
        flagged(cohort("gland_adc", 1, 2, 3, 4, 5, 60), "gland_adc")
    with pytest.raises(KeyError):
        flagged({}, "beauty")
