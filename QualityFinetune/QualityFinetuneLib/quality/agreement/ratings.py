"""Ratings of the same cases by two or more raters, some of them missing: what every statistic of many raters eats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

Rating = int | bool | None

TOO_FEW_RATERS = "Fewer than two rated the same case."
ONE_CASE = "One case rated by more than one is too few."
ONE_RATING = "Every rating is the same, so agreement by chance is complete."


@dataclass(frozen=True, eq=False)
class Ratings:
    """A table of ratings.

    Attributes:
        values: one row a case, one column a rater (n, r); NaN where a rater did not rate the case.
        scale: every category that could be chosen, ascending, also those that nobody chose.
    """

    values: np.ndarray
    scale: tuple[int, ...]

    @classmethod
    def of(cls, rows: Iterable[Sequence[Rating]], *, scale: Sequence[int | bool] | None = None) -> Ratings:
        """From one row a case; None is a missing rating.

        Args:
            rows: all of the same length, one place for each rater.
            scale: the whole scale; by default the categories found.

        Raises:
            ValueError: for rows of different lengths, or a rating outside `scale`.
        """
        every = [[np.nan if rating is None else float(rating) for rating in row] for row in rows]
        if len({len(row) for row in every}) > 1:
            raise ValueError("every case needs a place for each rater")
        values = np.array(every, dtype=float).reshape(len(every), len(every[0]) if every else 0)
        found = {int(value) for value in values[~np.isnan(values)]}
        known = found if scale is None else {int(category) for category in scale}
        if not found <= known:
            raise ValueError(f"ratings {sorted(found - known)} are not among the categories {sorted(known)}")
        return cls(values, tuple(sorted(known)))

    @property
    def pairable(self) -> Ratings:
        """The cases with two ratings or more."""
        return Ratings(self.values[self.raters_of_case >= 2], self.scale)

    @property
    def complete(self) -> Ratings:
        """The cases that every rater rated."""
        return Ratings(self.values[~np.isnan(self.values).any(axis=1)], self.scale)

    @property
    def raters_of_case(self) -> np.ndarray:
        """How many rated each case (n,)."""
        counts: np.ndarray = (~np.isnan(self.values)).sum(axis=1)
        return counts

    @property
    def counts(self) -> np.ndarray:
        """How many raters gave each case each category of the scale (n, q)."""
        counts: np.ndarray = (self.values[:, :, None] == np.array(self.scale, dtype=float)).sum(axis=1)
        return counts

    def problem(self) -> str | None:
        """Why these ratings say nothing about agreement, or None."""
        pairable = self.pairable
        return {0: TOO_FEW_RATERS, 1: ONE_CASE}.get(len(pairable.values))
