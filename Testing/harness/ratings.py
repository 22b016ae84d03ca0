"""Ratings made up at random, for property tests of agreement."""

from __future__ import annotations

from hypothesis import strategies as st

Rows = list[list[int | None]]


def rows(*, raters: int | None = None, categories: int = 4, missing: bool = True) -> st.SearchStrategy[Rows]:
    """Two to fourteen cases by two to five raters, in categories 1, 2, ...; some ratings missing if wanted."""
    rating: st.SearchStrategy[int | None] = st.integers(1, categories)
    if missing:
        rating = st.one_of(rating, rating, rating, st.none())

    def of(columns: int) -> st.SearchStrategy[Rows]:
        return st.lists(st.lists(rating, min_size=columns, max_size=columns), min_size=2, max_size=14)

    return of(raters) if raters else st.integers(2, 5).flatmap(of)
