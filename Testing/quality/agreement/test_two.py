"""Agreement against published worked examples and against formulas written a second time."""

from __future__ import annotations

import math
import warnings
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from QualityFinetuneLib.quality.agreement.statistic import NO_SPREAD
from QualityFinetuneLib.quality.agreement.two import (
    NO_PAIRS,
    ONE_CATEGORY,
    ONE_CHOICE,
    ONE_PAIR,
    ONE_POSSIBLE,
    Agreement,
    agreement,
    cohen_kappa,
    gwet_ac1,
    percent_agreement,
)

Table = list[list[int]]

# Fleiss, Statistical Methods for Rates and Proportions, 2nd ed. 1981, table 13.1: kappa 0.68, standard error 0.087.
FLEISS: Table = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
# SAS/STAT, The FREQ Procedure, "Cohen's Kappa Coefficient" (two dermatologists, 88 patients).
DERMATOLOGISTS: Table = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]
# Gwet, Kappa statistic is not satisfactory (2002): high agreement, kappa near zero, AC1 0.94.
PARADOX: Table = [[118, 5], [2, 0]]

tables = st.integers(2, 4).flatmap(
    lambda q: st.lists(st.lists(st.integers(0, 12), min_size=q, max_size=q), min_size=q, max_size=q)
)


def pairs_of(table: Table) -> list[tuple[int, int]]:
    cells = product(range(len(table)), repeat=2)
    return [(a + 1, b + 1) for a, b in cells for _ in range(table[a][b])]


def agree(table: Table, **options: float) -> Agreement:
    return agreement(pairs_of(table), categories=range(1, len(table) + 1), **options)


def test_kappa_of_fleiss_textbook() -> None:
    kappa = agree(FLEISS).kappa
    assert kappa.value == pytest.approx(0.676, abs=5e-4)
    assert kappa.low is not None and kappa.high is not None
    assert (kappa.high - kappa.low) / 2 / 1.959964 == pytest.approx(0.0877, abs=1e-4)


def test_kappa_and_linear_kappa_of_the_sas_manual() -> None:
    found = agree(DERMATOLOGISTS)
    assert found.n == 88
    assert found.kappa.value == pytest.approx(0.3449, abs=5e-5)
    assert (found.kappa.low, found.kappa.high) == (pytest.approx(0.2030, abs=5e-5), pytest.approx(0.4868, abs=5e-5))
    assert found.kappa_linear.value == pytest.approx(0.5082, abs=5e-5)
    assert found.kappa_linear.low == pytest.approx(0.3798, abs=5e-5)
    assert found.kappa_linear.high == pytest.approx(0.6366, abs=5e-5)


def test_ac1_of_gwets_paradox() -> None:
    found = agree(PARADOX)
    assert found.observed.value == pytest.approx(0.944)
    assert found.kappa.value == pytest.approx(-0.0234, abs=5e-5)
    assert found.ac1.value == pytest.approx(0.9408, abs=5e-5)


def gwet_2008(table: np.ndarray) -> tuple[float, float]:
    """AC1 and its variance for two raters in the closed form of Gwet 2008, equations for AC1."""
    n, q = table.sum(), len(table)
    p = table / n
    pi = (p.sum(0) + p.sum(1)) / 2
    pa, pe = float(np.trace(p)), float(sum(pi * (1 - pi)) / (q - 1))
    g = (pa - pe) / (1 - pe)
    first = pa * (1 - pa)
    second = 4 * (1 - g) * (sum(p[k, k] * (1 - pi[k]) for k in range(q)) / (q - 1) - pa * pe)
    third = sum(p[k, m] * (1 - (pi[k] + pi[m]) / 2) ** 2 for k in range(q) for m in range(q)) / (q - 1) ** 2
    variance = (first - second + 4 * (1 - g) ** 2 * (third - pe**2)) / (n * (1 - pe) ** 2)
    return g, variance


@settings(max_examples=60, deadline=None)
@given(table=tables)
def test_ac1_and_its_interval_follow_the_closed_form(table: Table) -> None:
    from scipy import stats

    counts = np.array(table)
    n = int(counts.sum())
    if n < 2:
        return
    value, variance = gwet_2008(counts)
    found = gwet_ac1(counts)
    assert found.value == pytest.approx(value, abs=1e-12)
    if found.low is None or found.high is None:
        assert variance == pytest.approx(0, abs=1e-9)
        return
    half = stats.t.ppf(0.975, n - 1) * math.sqrt(variance * n / (n - 1))
    assert found.low == pytest.approx(max(-1, value - half), abs=1e-6)
    assert found.high == pytest.approx(min(1, value + half), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(table=tables, weights=st.sampled_from(["none", "linear", "quadratic"]))
def test_kappa_is_one_minus_observed_over_expected_disagreement(table: Table, weights: str) -> None:
    counts = np.array(table, dtype=float)
    categories = np.arange(1, len(table) + 1)
    distance = np.abs(categories[:, None] - categories[None, :]).astype(float)
    cost = {"none": (distance > 0).astype(float), "linear": distance, "quadratic": distance**2}[weights]
    expected = np.outer(counts.sum(1), counts.sum(0)) / max(counts.sum(), 1)
    found = cohen_kappa(np.array(table), tuple(categories), weights=weights)  # type: ignore[arg-type]
    if found.value is None:
        assert counts.sum() < 2 or (cost * expected).sum() == 0
    else:
        assert found.value == pytest.approx(1 - (cost * counts).sum() / (cost * expected).sum(), abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(table=tables)
def test_readers_can_change_places_and_nothing_warns(table: Table) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one, other = agree(table), agree([list(column) for column in zip(*table, strict=True)])
    for name in ("observed", "kappa", "kappa_linear", "kappa_quadratic", "ac1"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a.value is None) is (b.value is None)
        if a.value is not None:
            assert a.value == pytest.approx(b.value, abs=1e-9)
            assert not math.isnan(a.value)
        if a.low is not None and a.value is not None:
            assert -1 <= a.low <= a.value <= a.high <= 1


def test_weights_go_by_the_values_not_by_their_position() -> None:
    pairs = [(1, 1), (2, 2), (4, 4), (1, 2), (2, 4), (4, 1), (1, 1)]
    named = agreement(pairs, categories=(1, 2, 3, 4)).kappa_linear
    assert agreement(pairs).kappa_linear == named


def test_bootstrap_agrees_with_the_interval_of_ac1() -> None:
    rng = np.random.default_rng(0)
    pairs = np.array(pairs_of(DERMATOLOGISTS))
    values = []
    for _ in range(400):
        sample = pairs[rng.integers(0, len(pairs), len(pairs))] - 1
        table = np.zeros((4, 4), dtype=int)
        np.add.at(table, (sample[:, 0], sample[:, 1]), 1)
        values.append(gwet_2008(table)[0])
    low, high = np.quantile(values, [0.025, 0.975])
    found = agree(DERMATOLOGISTS).ac1
    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(high, abs=0.03)


def test_wilson_interval_of_nine_in_ten() -> None:
    # Wilson's formula by hand: centre (p + z²/2n) / (1 + z²/n), half width from the same terms.
    n, p, z = 10, 0.9, 1.959963984540054
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    found = percent_agreement(np.array([[5, 1], [0, 4]]))
    assert (found.value, found.low, found.high) == (
        0.9,
        pytest.approx(centre - half),
        pytest.approx(centre + half),
    )


def test_a_wider_confidence_gives_a_wider_interval() -> None:
    narrow, wide = agree(FLEISS, confidence=0.9), agree(FLEISS, confidence=0.99)
    for name in ("observed", "kappa", "kappa_linear", "kappa_quadratic", "ac1"):
        assert getattr(wide, name).low < getattr(narrow, name).low
        assert getattr(wide, name).high > getattr(narrow, name).high


def test_a_case_rated_by_one_reader_is_counted_and_left_out() -> None:
    found = agreement([(1, 1), (2, None), (None, 3), (2, 3), (None, None)])
    assert (found.n, found.incomplete) == (2, 3)
    assert found.categories == (1, 2, 3)
    assert found.table == ((1, 0, 0), (0, 0, 1), (0, 0, 0))


def test_yes_and_no_are_categories_too() -> None:
    assert agreement([(True, True), (False, False), (True, False)]).categories == (0, 1)


@pytest.mark.parametrize(("pairs", "reason"), [([], NO_PAIRS), ([(1, None)], NO_PAIRS), ([(1, 2)], ONE_PAIR)])
def test_too_few_cases_give_no_number_but_a_reason(pairs: list[tuple[int, int | None]], reason: str) -> None:
    found = agreement(pairs, categories=(1, 2, 3))
    for statistic in (found.kappa, found.kappa_linear, found.kappa_quadratic, found.ac1):
        assert (statistic.value, statistic.reason) == (None, reason)


def test_all_ratings_the_same_leave_kappa_undefined_but_not_ac1() -> None:
    found = agreement([(2, 2)] * 6, categories=(1, 2, 3))
    assert (found.kappa.value, found.kappa.reason) == (None, ONE_CATEGORY)
    assert (found.ac1.value, found.ac1.low, found.ac1.reason) == (1.0, None, NO_SPREAD)
    assert agreement([(2, 2)] * 6).ac1.reason == ONE_POSSIBLE


def test_one_reader_with_one_rating_makes_kappa_zero_without_an_interval() -> None:
    kappa = agreement([(1, 1), (1, 2), (1, 1)]).kappa
    assert (kappa.value, kappa.low, kappa.reason) == (0.0, None, ONE_CHOICE)


def test_complete_agreement_is_one_without_a_false_interval() -> None:
    found = agreement([(1, 1), (2, 2), (3, 3)])
    for statistic in (found.kappa, found.kappa_linear, found.kappa_quadratic, found.ac1):
        assert statistic.value == pytest.approx(1.0)
        assert statistic.reason == NO_SPREAD


def test_ratings_outside_the_scale_and_odd_confidences_are_refused() -> None:
    with pytest.raises(ValueError, match=r"ratings \[4\] are not among"):
        agreement([(1, 4)], categories=(1, 2, 3))
    with pytest.raises(ValueError, match="confidence"):
        agreement([(1, 1)], confidence=95)
