"""From measures to numbers of comparable size that no outlier can dominate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .example import Example, Values

FEWEST_DEFINED = 0.8
"""A measure is used when this share of the examples has a value."""

FAR = 4.0
"""Times the widest distance from the middle that training saw; farther is no place to predict."""


@dataclass(frozen=True, kw_only=True)
class Features:
    """The measures that a predictor looks at, and how each is scaled.

    A value x becomes asinh((x - centre) / spread): linear near the middle, logarithmic far out. `reach` is the
    largest |asinh| that training saw. A missing value counts as the centre.
    """

    names: tuple[str, ...]
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    reach: tuple[float, ...]

    def vector(self, values: Values) -> NDArray[np.float64]:
        """The scaled numbers, (measures,); what lies beyond the reach of training is held at its border."""
        raw = [known(values.get(name)) for name in self.names]
        return np.array(
            [
                0.0 if x is None else float(np.clip(math.asinh((x - c) / s), -r, r))
                for x, c, s, r in zip(raw, self.centre, self.spread, self.reach, strict=True)
            ]
        )

    def missing(self, values: Values) -> tuple[str, ...]:
        """Measures without a value."""
        return tuple(name for name in self.names if known(values.get(name)) is None)

    def beyond(self, values: Values) -> tuple[str, ...]:
        """Measures far outside of what training saw."""
        found = []
        for name, c, s, r in zip(self.names, self.centre, self.spread, self.reach, strict=True):
            x = known(values.get(name))
            if x is not None and abs(x - c) / s > FAR * math.sinh(r):
                found.append(name)
        return tuple(found)


def features_of(examples: Sequence[Example]) -> Features:
    """The measures that most examples have and that vary, scaled by median and interquartile range."""
    names = list(dict.fromkeys(name for one in examples for name in one.values))
    kept: list[tuple[str, float, float, float]] = []
    for name in names:
        found = [value for one in examples if (value := known(one.values.get(name))) is not None]
        if len(found) < FEWEST_DEFINED * len(examples):
            continue
        low, centre, high = np.percentile(found, [25, 50, 75])
        spread = float(high - low) or float(np.std(found))
        if not spread > 1e-9 * max(1.0, abs(float(centre))):
            continue
        reach = max(abs(math.asinh((value - centre) / spread)) for value in found)
        kept.append((name, float(centre), spread, reach))
    return Features(
        names=tuple(one[0] for one in kept),
        centre=tuple(one[1] for one in kept),
        spread=tuple(one[2] for one in kept),
        reach=tuple(one[3] for one in kept),
    )


def known(value: float | None) -> float | None:
    """The value when it is a finite number."""
    return value if value is not None and math.isfinite(value) else None
