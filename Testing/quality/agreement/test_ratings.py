from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.quality.agreement.ratings import ONE_CASE, TOO_FEW_RATERS, Ratings


def test_a_missing_rating_is_counted_nowhere() -> None:
    ratings = Ratings.of([[1, 2, None], [3, None, None], [2, 2, 2]], scale=(1, 2, 3))
    assert ratings.counts.tolist() == [[1, 1, 0], [0, 0, 1], [0, 3, 0]]
    assert ratings.raters_of_case.tolist() == [2, 1, 3]
    assert ratings.pairable.raters_of_case.tolist() == [2, 3]
    assert ratings.complete.values.tolist() == [[2, 2, 2]]


def test_the_scale_is_what_was_found_unless_it_is_named() -> None:
    assert Ratings.of([[3, 1], [1, None]]).scale == (1, 3)
    assert Ratings.of([[True, False]], scale=(False, True)).scale == (0, 1)
    assert np.isnan(Ratings.of([[None, 1]]).values[0, 0])


def test_what_is_no_table_of_ratings_is_refused() -> None:
    with pytest.raises(ValueError, match="place for each rater"):
        Ratings.of([[1, 2], [1]])
    with pytest.raises(ValueError, match=r"ratings \[4\] are not among"):
        Ratings.of([[1, 4]], scale=(1, 2, 3))


def test_too_few_ratings_are_told() -> None:
    assert Ratings.of([]).problem() == TOO_FEW_RATERS
    assert Ratings.of([[1, None], [None, 2]]).problem() == TOO_FEW_RATERS
    assert Ratings.of([[1, 1], [None, 2]]).problem() == ONE_CASE
    assert Ratings.of([[1, 1], [1, 2]]).problem() is None
