"""Every statistic that suits some ratings, by name: what commands, reports and panels show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .bland_altman import BlandAltman, bland_altman
from .fleiss import fleiss_kappa
from .gwet import gwet_ac, observed_agreement
from .icc import icc
from .krippendorff import krippendorff_alpha
from .ratings import Ratings
from .statistic import Statistic
from .two import cohen_kappa, percent_agreement

ScaleLevel = Literal["nominal", "ordinal"]

TITLES: dict[str, str] = {
    "observed": "Percent agreement",
    "kappa": "Cohen's kappa",
    "kappa_linear": "Cohen's kappa, linear weights",
    "kappa_quadratic": "Cohen's kappa, quadratic weights",
    "fleiss": "Fleiss' kappa",
    "ac1": "Gwet's AC1",
    "ac2_linear": "Gwet's AC2, linear weights",
    "ac2_quadratic": "Gwet's AC2, quadratic weights",
    "alpha_nominal": "Krippendorff's alpha, nominal",
    "alpha_ordinal": "Krippendorff's alpha, ordinal",
    "alpha_interval": "Krippendorff's alpha, interval",
    "icc_1_1": "ICC(1,1)",
    "icc_2_1": "ICC(2,1)",
    "icc_3_1": "ICC(3,1)",
    "icc_1_k": "ICC(1,k)",
    "icc_2_k": "ICC(2,k)",
    "icc_3_k": "ICC(3,k)",
}
"""What to call each statistic, in the order in which they are shown."""


@dataclass(frozen=True, kw_only=True)
class ManyAgreement:
    """Agreement about one thing.

    Attributes:
        cases: rated by two or more; `complete` those rated by everyone.
        raters: how many columns there were.
        level: `nominal` (yes or no, named choices) or `ordinal` (scores).
        scale: its categories.
        statistics: by the names of `TITLES`, those that suit the scale and the number of raters.
        differences: Bland and Altman's, of two raters of an ordinal scale.
    """

    cases: int
    complete: int
    raters: int
    confidence: float
    level: ScaleLevel
    scale: tuple[int, ...]
    statistics: dict[str, Statistic]
    differences: BlandAltman | None


def agreement_of_many(ratings: Ratings, *, level: ScaleLevel, confidence: float = 0.95) -> ManyAgreement:
    """Every statistic that suits the ratings.

    Cohen's kappa and Bland and Altman's differences are for two raters. Weighted statistics and ICC are for scales
    of more than two ordered categories: with two they say nothing that the unweighted ones do not.
    """
    graded = level == "ordinal" and len(ratings.scale) > 2
    two = ratings.values.shape[1] == 2
    found = dict(_nominal(ratings, confidence, two=two))
    if graded:
        found |= dict(_graded(ratings, confidence, two=two))
    return ManyAgreement(
        cases=len(ratings.pairable.values),
        complete=len(ratings.complete.values),
        raters=ratings.values.shape[1],
        confidence=confidence,
        level=level,
        scale=ratings.scale,
        statistics={name: found[name] for name in TITLES if name in found},
        differences=bland_altman(_pairs(ratings), confidence=confidence) if graded and two else None,
    )


def _nominal(ratings: Ratings, confidence: float, *, two: bool) -> Iterator[tuple[str, Statistic]]:
    if two:
        table = _table(ratings)
        yield "observed", percent_agreement(table, confidence=confidence)
        yield "kappa", cohen_kappa(table, ratings.scale, confidence=confidence)
    else:
        yield "observed", observed_agreement(ratings, confidence=confidence)
        yield "fleiss", fleiss_kappa(ratings, confidence=confidence)
    yield "ac1", gwet_ac(ratings, confidence=confidence)
    yield "alpha_nominal", krippendorff_alpha(ratings, confidence=confidence)


def _graded(ratings: Ratings, confidence: float, *, two: bool) -> Iterator[tuple[str, Statistic]]:
    if two:
        table = _table(ratings)
        yield "kappa_linear", cohen_kappa(table, ratings.scale, weights="linear", confidence=confidence)
        yield "kappa_quadratic", cohen_kappa(table, ratings.scale, weights="quadratic", confidence=confidence)
    yield "ac2_linear", gwet_ac(ratings, weight="linear", confidence=confidence)
    yield "ac2_quadratic", gwet_ac(ratings, weight="quadratic", confidence=confidence)
    yield "alpha_ordinal", krippendorff_alpha(ratings, level="ordinal", confidence=confidence)
    yield "alpha_interval", krippendorff_alpha(ratings, level="interval", confidence=confidence)
    yield from icc(ratings, confidence=confidence).items()


def _table(ratings: Ratings) -> np.ndarray:
    scale = np.array(ratings.scale, dtype=float)
    first, second = (ratings.complete.values[:, column, None] == scale for column in (0, 1))
    return np.asarray(first.astype(int).T @ second.astype(int))


def _pairs(ratings: Ratings) -> list[tuple[float, float]]:
    return [(float(first), float(second)) for first, second in ratings.values]
