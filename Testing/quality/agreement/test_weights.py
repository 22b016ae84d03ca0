from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.quality.agreement.weights import WEIGHT_KINDS, WeightKind, weights

scales = st.lists(st.integers(-5, 20), min_size=2, max_size=6, unique=True).map(sorted)


@given(scale=scales, kind=st.sampled_from(WEIGHT_KINDS))
def test_weights_are_symmetric_one_on_the_diagonal_and_zero_at_the_ends(scale: list[int], kind: WeightKind) -> None:
    found = weights(scale, kind)
    assert np.allclose(found, found.T)
    assert np.allclose(np.diag(found), 1)
    assert found.min() >= 0 and found[0, -1] == pytest.approx(0)
    assert (np.diff(found[0]) <= 1e-12).all()  # farther is never better


def test_weights_of_gwets_book() -> None:
    # Gwet 2014, ch. 3: four ordered categories.
    assert weights((1, 2, 3, 4), "linear")[0].tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0])
    assert weights((1, 2, 3, 4), "quadratic")[0].tolist() == pytest.approx([1, 8 / 9, 5 / 9, 0])
    assert weights((1, 2, 3, 4), "ordinal")[0].tolist() == pytest.approx([1, 5 / 6, 1 / 2, 0])


def test_values_count_for_linear_and_ranks_for_ordinal() -> None:
    assert weights((0, 1, 10), "linear")[0, 1] == pytest.approx(0.9)
    assert np.array_equal(weights((0, 1, 10), "ordinal"), weights((0, 1, 2), "ordinal"))


def test_one_category_agrees_with_itself() -> None:
    for kind in WEIGHT_KINDS:
        assert weights((3,), kind).tolist() == [[1.0]]
