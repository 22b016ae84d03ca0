"""Random numbers by name instead of by order: the same words give the same numbers, whatever was drawn before.

Because each step's randomness depends only on (seed, purpose, epoch, step), a resumed run draws exactly what an
unbroken one would have drawn, without any generator's state having to be saved.
"""

from __future__ import annotations

import hashlib

import numpy as np
import torch


def number(*words: int | str) -> int:
    """A number in [0, 2^63) that depends on `words` alone."""
    digest = hashlib.sha256("/".join(str(word) for word in words).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(*words: int | str) -> np.random.Generator:
    """A numpy generator for what `words` name."""
    return np.random.default_rng(number(*words))


def seed_torch(*words: int | str) -> None:
    """Set torch's own generators (weights' start, stochastic depth, dropout) for what `words` name."""
    torch.manual_seed(number(*words))
