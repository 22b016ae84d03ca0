from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings

from harness.ratings import Rows, rows
from QualityFinetuneLib.quality.agreement.many import TITLES, agreement_of_many
from QualityFinetuneLib.quality.agreement.ratings import Ratings
from QualityFinetuneLib.quality.agreement.two import agreement


def test_two_readers_on_a_score_have_everything_but_fleiss() -> None:
    pairs = [(1, 1), (2, 3), (3, 3), (2, 2), (None, 1)]
    found = agreement_of_many(Ratings.of(pairs, scale=(1, 2, 3)), level="ordinal")
    assert set(found.statistics) == set(TITLES) - {"fleiss"}
    assert list(found.statistics) == [name for name in TITLES if name != "fleiss"]
    assert (found.cases, found.complete, found.raters) == (4, 4, 2)
    assert found.differences is not None and found.differences.n == 4
    pairs = pairs[:4]  # the rating of one alone counts for what is common, so AC1 differs with it
    found = agreement_of_many(Ratings.of(pairs, scale=(1, 2, 3)), level="ordinal")
    two = agreement(pairs, categories=(1, 2, 3))
    for name in ("observed", "kappa", "kappa_linear", "kappa_quadratic"):
        assert found.statistics[name] == getattr(two, name)
    assert found.statistics["ac1"].value == pytest.approx(two.ac1.value)


def test_three_readers_have_fleiss_and_no_pairs() -> None:
    found = agreement_of_many(Ratings.of([(1, 1, 2), (3, 3, 3), (2, None, 2)], scale=(1, 2, 3)), level="ordinal")
    assert {"fleiss", "ac2_linear", "alpha_ordinal", "icc_2_1"} < set(found.statistics)
    assert not {"kappa", "kappa_linear"} & set(found.statistics)
    assert found.differences is None
    assert (found.cases, found.complete) == (3, 2)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_two_categories_have_no_weights(level: str) -> None:
    found = agreement_of_many(Ratings.of([(0, 1), (1, 1)], scale=(0, 1)), level=level)  # type: ignore[arg-type]
    assert set(found.statistics) == {"observed", "kappa", "ac1", "alpha_nominal"}
    assert found.differences is None


@settings(max_examples=60)
@given(table=rows())
def test_every_missing_number_has_a_reason_and_nothing_warns(table: Rows) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = agreement_of_many(Ratings.of(table, scale=(1, 2, 3, 4)), level="ordinal")
    for statistic in found.statistics.values():
        assert (statistic.value is None or statistic.low is None) == (statistic.reason is not None)
        if statistic.low is not None and statistic.high is not None and statistic.value is not None:
            assert statistic.low - 1e-9 <= statistic.value <= statistic.high + 1e-9
