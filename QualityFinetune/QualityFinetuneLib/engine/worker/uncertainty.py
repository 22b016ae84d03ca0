"""How sure an average of several answers is, voxel by voxel."""

from __future__ import annotations

import numpy as np

from .deciding import on_grid
from .ensemble import Likely


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """Predictive entropy in nats, float32 (z, y, x), of labels' probabilities (labels, z, y, x) and background.

    - sum of p ln p (Gal, Uncertainty in Deep Learning, 2016, section 3.3.1): 0 where the average is certain,
    ln(labels + 1) where everything is equally likely.
    """
    background = np.maximum(1.0 - probabilities.sum(axis=0, dtype=np.float32), 0.0)
    total = _share(background)
    for likely in probabilities:
        total += _share(likely)
    return np.clip(total, 0.0, np.float32(np.log(len(probabilities) + 1)))


def uncertainty_map(likely: Likely) -> np.ndarray:
    """Predictive entropy on the T2w's grid, float32 (z, y, x); 0 where no network looked."""
    return on_grid(entropy(likely.values), likely.grid, likely.t2w)


def _share(likely: np.ndarray) -> np.ndarray:
    # The smallest normal number stands in for 0, whose share is 0 in the limit.
    return -likely * np.log(np.maximum(likely, np.finfo(np.float32).tiny, dtype=np.float32))
