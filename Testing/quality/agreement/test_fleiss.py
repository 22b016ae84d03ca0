"""Fleiss' kappa against Fleiss 1971, Gwet's numbers and statsmodels."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.ratings import Rows, rows
from QualityFinetuneLib.quality.agreement.fleiss import fleiss_kappa
from QualityFinetuneLib.quality.agreement.ratings import ONE_RATING, TOO_FEW_RATERS, Ratings
from QualityFinetuneLib.quality.agreement.weights import WEIGHT_KINDS, WeightKind

SCALE = (1, 2, 3, 4)
# Fleiss 1971, table 1: six psychiatrists, thirty patients, five diagnoses; each digit is one psychiatrist's.
FLEISS = """
    444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445
    333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555
"""


def test_fleiss_psychiatrists() -> None:
    found = fleiss_kappa(Ratings.of([[int(digit) for digit in patient] for patient in FLEISS.split()]))
    assert found.value == pytest.approx(0.430, abs=5e-4)


@pytest.mark.parametrize(
    ("weight", "value", "error"),
    [("identity", 0.76117, 0.15302), ("linear", 0.81794, 0.1485), ("ordinal", 0.85021, 0.14704)],
)
def test_gwets_four_raters(canonical: Rows, weight: WeightKind, value: float, error: float) -> None:
    found = fleiss_kappa(Ratings.of(canonical), weight=weight)
    assert found.value == pytest.approx(value, abs=5e-6)
    assert found.low == pytest.approx(value - 2.2009851600829 * error, abs=3e-5)


@settings(max_examples=80)
@given(table=rows(missing=False))
def test_it_is_that_of_statsmodels_where_nothing_is_missing(table: Rows) -> None:
    from statsmodels.stats.inter_rater import fleiss_kappa as reference

    ratings = Ratings.of(table, scale=SCALE)
    found = fleiss_kappa(ratings)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected = reference(ratings.counts)
    if found.value is None:
        assert found.reason == ONE_RATING
        assert len({rating for row in table for rating in row}) == 1
    else:
        assert found.value == pytest.approx(float(expected), abs=1e-9)


@settings(max_examples=60)
@given(table=rows(), weight=st.sampled_from(WEIGHT_KINDS), order=st.permutations(range(4)))
def test_cases_raters_and_names_can_change_places(table: Rows, weight: WeightKind, order: list[int]) -> None:
    moved = [row[::-1] for row in table][::-1]
    if weight == "identity":
        moved = [[None if rating is None else order[rating - 1] + 1 for rating in row] for row in moved]
    first, second = (fleiss_kappa(Ratings.of(one, scale=SCALE), weight=weight) for one in (table, moved))
    assert first.value == pytest.approx(second.value, abs=1e-9)


@given(column=st.lists(st.integers(1, 4), min_size=2, max_size=9).filter(lambda found: len(set(found)) > 1))
def test_complete_agreement_is_one(column: list[int]) -> None:
    assert fleiss_kappa(Ratings.of([[rating] * 4 for rating in column], scale=SCALE)).value == pytest.approx(1.0)


def test_too_few_ratings_give_a_reason() -> None:
    assert fleiss_kappa(Ratings.of([[1, None]])).reason == TOO_FEW_RATERS
