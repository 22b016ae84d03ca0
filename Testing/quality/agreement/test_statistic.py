from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from QualityFinetuneLib.quality.agreement.statistic import NO_SPREAD, Statistic, around, check_confidence, over_cases


def test_an_interval_is_cut_where_the_statistic_ends() -> None:
    assert around(0.9, 0.04, 2.0) == Statistic(value=0.9, low=0.5, high=1.0)
    assert around(0.1, 0.04, 2.0, least=0.0) == Statistic(value=0.1, low=0.0, high=0.5)


def test_no_variance_gives_no_interval_but_a_reason() -> None:
    assert around(1.0, 1e-15, 2.0) == Statistic(value=1.0, reason=NO_SPREAD)


def test_the_interval_over_cases_is_that_of_a_mean() -> None:
    values = np.array([0.2, 0.5, 0.9, 0.4])
    found = over_cases(float(values.mean()), values, confidence=0.9)
    low, high = stats.t.interval(0.9, 3, loc=values.mean(), scale=stats.sem(values))
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize("wrong", [0, 1, 95, -0.5])
def test_a_confidence_lies_between_0_and_1(wrong: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        check_confidence(wrong)
