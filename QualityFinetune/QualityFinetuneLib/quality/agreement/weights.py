"""How much two categories agree: 1 for the same, less the farther they are apart on the scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

WeightKind = Literal["identity", "linear", "quadratic", "ordinal"]
WEIGHT_KINDS: tuple[WeightKind, ...] = ("identity", "linear", "quadratic", "ordinal")


def weights(scale: Sequence[int], kind: WeightKind) -> np.ndarray:
    """Weights (q, q) between the categories of an ascending scale.

    Linear and quadratic go by the categories' values. Ordinal goes by their ranks: one minus the number of pairs of
    categories from one to the other, 1 - M_kl / M_max with M_kl = m (m - 1) / 2 for m categories from k to l
    (Gwet, Handbook of Inter-Rater Reliability, 4th ed. 2014, ch. 3).
    """
    q = len(scale)
    if kind == "identity" or q < 2:
        return np.eye(q)
    if kind == "ordinal":
        ranks = np.arange(q)
        between = np.abs(ranks[:, None] - ranks[None, :]) + 1
        pairs = between * (between - 1) / 2
        return np.asarray(1 - pairs / pairs.max())
    values = np.asarray(scale, dtype=float)
    distance = np.abs(values[:, None] - values[None, :]) / (values[-1] - values[0])
    return np.asarray(1 - distance ** (2 if kind == "quadratic" else 1))
