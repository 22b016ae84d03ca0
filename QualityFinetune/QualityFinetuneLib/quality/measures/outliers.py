"""Which series of a cohort stand out in a measure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np

from .definition import DEFINITIONS
from .record import Measures
from .statistics import MAD_TO_SD, median_absolute_deviation

Key = TypeVar("Key", bound=Hashable)

CUT = 3.5
"""Modified z-score of an outlier (Iglewicz and Hoaglin, How to Detect and Handle Outliers, ASQC 1993)."""
FEWEST = 5
"""With fewer series the median of the deviations says nothing."""


def flagged(cohort: Mapping[Key, Measures], name: str, *, cut: float = CUT) -> dict[Key, float]:
    """The series that are worse than the cohort in a measure, and by how many robust standard deviations.

    (value - median) / (1.4826 median |value - median|), towards the worse side, above 3.5. A measure depends on
    scanner, coil and protocol, so give it series of one role and one protocol: in a mixed cohort a protocol stands
    out, not a patient. Series without a value, and cohorts of fewer than five, are never flagged.

    Raises:
        KeyError: for an unknown measure.
        ValueError: for a measure that is neither better when higher nor when lower.
    """
    better = DEFINITIONS[name].better
    if better is None:
        raise ValueError(f"{name} has no better side")
    values = {key: one[name].value for key, one in cohort.items() if name in one and one[name].defined}
    if len(values) < FEWEST:
        return {}
    every = np.array(list(values.values()))
    spread = MAD_TO_SD * median_absolute_deviation(every)
    if spread == 0:
        return {}
    sign = 1 if better == "lower" else -1
    scores = {key: sign * (value - float(np.median(every))) / spread for key, value in values.items()}
    return {key: score for key, score in scores.items() if score > cut}
