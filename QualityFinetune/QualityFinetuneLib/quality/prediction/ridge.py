"""Ridge regression on scaled measures: its strength chosen, and its members drawn, by whole patients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

STRENGTHS = (0.1, 1.0, 10.0, 100.0)
MOST_FOLDS = 10


def ridge(x: Matrix, y: Matrix, *, strength: float) -> Matrix:
    """Intercept and coefficients (1 + measures,) that minimise |y - Xb|^2 + strength |b|^2, the intercept free."""
    middle, level = x.mean(axis=0), float(y.mean())
    centred = x - middle
    gram = centred.T @ centred + strength * np.eye(x.shape[1])
    slopes = np.linalg.solve(gram, centred.T @ (y - level))
    return np.concatenate([[level - middle @ slopes], slopes])


def apply(coefficients: Matrix, x: Matrix) -> Matrix:
    """Predictions (examples,) of one member (1 + measures,) or (members, examples) of several."""
    return coefficients[..., 0, None] + coefficients[..., 1:] @ x.T


def folds(patients: Sequence[str], *, seed: int) -> Iterator[NDArray[np.bool_]]:
    """Which examples are left out, fold by fold: every patient's once, at most ten folds."""
    names = np.array(sorted(set(patients)))
    np.random.default_rng(seed).shuffle(names)
    of = np.array(patients)
    for part in np.array_split(names, min(MOST_FOLDS, len(names))):
        yield np.isin(of, part)


def choose_strength(x: Matrix, y: Matrix, patients: Sequence[str], *, seed: int) -> float:
    """The strength with the smallest squared error on patients left out."""
    if len(set(patients)) < 2:
        return STRENGTHS[-1]
    errors = dict.fromkeys(STRENGTHS, 0.0)
    for left_out in folds(patients, seed=seed):
        for strength in STRENGTHS:
            fitted = ridge(x[~left_out], y[~left_out], strength=strength)
            errors[strength] += float(((apply(fitted, x[left_out]) - y[left_out]) ** 2).sum())
    return min(errors, key=lambda strength: errors[strength])


def ensemble(x: Matrix, y: Matrix, patients: Sequence[str], *, strength: float, members: int, seed: int) -> Matrix:
    """Coefficients (members, 1 + measures), each fitted to a resample of whole patients (Breiman 1996)."""
    rng = np.random.default_rng(seed)
    names = sorted(set(patients))
    rows = {name: np.flatnonzero(np.array(patients) == name) for name in names}
    fitted = []
    for _ in range(members):
        drawn = np.concatenate([rows[names[i]] for i in rng.integers(len(names), size=len(names))])
        fitted.append(ridge(x[drawn], y[drawn], strength=strength))
    return np.array(fitted)
