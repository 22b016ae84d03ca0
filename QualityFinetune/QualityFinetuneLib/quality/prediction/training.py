"""Train a predictor, and find out honestly how far it is off: on new patients, and on a fault it never saw."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ...cases.roles import Role
from ...common.errors import ErrorCode, UserError
from ...common.version import __version__
from .example import Example
from .features import features_of
from .predictor import Errors, HeldOut, QualityPredictor, Target
from .ridge import apply, choose_strength, ensemble, folds, ridge

FEWEST_PATIENTS = 5
FEWEST_EXAMPLES = 20
MEMBERS = 40


@dataclass(frozen=True)
class _OutOfFold:
    """Predictions for examples of patients that had no part in the training."""

    examples: tuple[Example, ...]
    predicted: NDArray[np.float64]
    chance: NDArray[np.float64]

    @property
    def target(self) -> NDArray[np.float64]:
        return np.array([one.target for one in self.examples])

    def errors(self, half_width: float) -> Errors:
        off = np.abs(self.predicted - self.target)
        return Errors(
            n=len(self.examples),
            patients=len({one.patient for one in self.examples}),
            mae=float(off.mean()),
            rmse=float(np.sqrt((off**2).mean())),
            chance_mae=float(np.abs(self.chance - self.target).mean()),
            coverage=float((off <= half_width + 1e-12).mean()),
            spearman=_spearman(self.predicted, self.target),
        )


def train(
    examples: Sequence[Example],
    *,
    role: Role,
    target: Target,
    hold_out: Collection[str] = (),
    level: float = 0.9,
    seed: int = 0,
) -> QualityPredictor:
    """Fit a ridge ensemble and validate it by patient.

    Strength and scaling are chosen anew in every fold, from its training patients alone. The interval is the
    conformal one of the errors on patients left out: the ceil(level (n + 1))-th smallest of n, the whole scale where
    n is too small (Vovk 2015, cross-conformal). It holds for patients like those of the training.

    Args:
        examples: series of one role with known quality.
        hold_out: faults that take no part in the training; the errors on them are reported apart, of models that
            saw neither the fault nor the patient.
        level: of the interval.
        seed: of folds and ensemble.

    Raises:
        UserError: TOO_FEW_CASES with too few patients or examples, or when all have the same quality; NOT_FOUND
            when no example has a fault that is to be held out.
    """
    used = tuple(one for one in examples if one.artefact not in hold_out)
    unseen = tuple(one for one in examples if one.artefact in hold_out)
    _require_enough(used)
    absent = sorted(set(hold_out) - {one.artefact for one in unseen})
    if absent:
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"{absent[0]} could not be held out.",
            why="No training example has this fault.",
            next="Hold out one of the simulated kinds.",
        )
    left_out = _out_of_fold(used, used, target, seed)
    half_width = _half_width(np.abs(left_out.predicted - left_out.target), level, target)
    features = features_of(used)
    x, y = np.array([features.vector(one.values) for one in used]), np.array([one.target for one in used])
    patients = [one.patient for one in used]
    strength = choose_strength(x, y, patients, seed=seed)
    members = ensemble(x, y, patients, strength=strength, members=MEMBERS, seed=seed)
    return QualityPredictor(
        role=role,
        target=target,
        measures=features.names,
        centre=features.centre,
        spread=features.spread,
        reach=features.reach,
        strength=strength,
        members=tuple(tuple(float(value) for value in one) for one in members),
        level=level,
        half_width=half_width,
        cross_validated=left_out.errors(half_width),
        held_out=_held_out(used, unseen, target, half_width, seed),
        artefacts=tuple(sorted({one.artefact for one in used if one.artefact not in (None, "none")})),  # type: ignore[type-var]
        simulated=target.kind == "severity",
        n=len(used),
        patients=len(set(patients)),
        seed=seed,
        software_version=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _out_of_fold(used: Sequence[Example], asked: Sequence[Example], target: Target, seed: int) -> _OutOfFold:
    """For each example of `asked` what a model of the other patients of `used` predicts."""
    predicted = np.full(len(asked), np.nan)
    chance = np.full(len(asked), np.nan)
    patients = [one.patient for one in used]
    of = np.array([one.patient for one in asked])
    for left_out in folds(patients, seed=seed):
        inside = [one for one, out in zip(used, left_out, strict=True) if not out]
        wanted = np.isin(of, [one.patient for one, out in zip(used, left_out, strict=True) if out])
        if not wanted.any():
            continue
        features = features_of(inside)
        x = np.array([features.vector(one.values) for one in inside])
        y = np.array([one.target for one in inside])
        strength = choose_strength(x, y, [one.patient for one in inside], seed=seed)
        fitted = ridge(x, y, strength=strength)
        new = np.array([features.vector(one.values) for one, is_in in zip(asked, wanted, strict=True) if is_in])
        predicted[wanted] = np.clip(apply(fitted, new), target.low, target.high)
        chance[wanted] = y.mean()
    known = np.isfinite(predicted)
    kept = tuple(one for one, is_known in zip(asked, known, strict=True) if is_known)
    return _OutOfFold(kept, predicted[known], chance[known])


def _held_out(
    used: Sequence[Example], unseen: Sequence[Example], target: Target, half_width: float, seed: int
) -> HeldOut | None:
    if not unseen:
        return None
    errors = _out_of_fold(used, unseen, target, seed).errors(half_width)
    return HeldOut(artefacts=tuple(sorted({str(one.artefact) for one in unseen})), **errors.model_dump())


def _half_width(off: NDArray[np.float64], level: float, target: Target) -> float:
    rank = math.ceil(level * (len(off) + 1))
    return float(np.sort(off)[rank - 1]) if rank <= len(off) else target.high - target.low


def _spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> float | None:
    from scipy.stats import spearmanr

    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(spearmanr(a, b).statistic)


def _require_enough(used: Sequence[Example]) -> None:
    patients = len({one.patient for one in used})
    why = None
    if patients < FEWEST_PATIENTS or len(used) < FEWEST_EXAMPLES:
        why = (
            f"There are {len(used)} examples of {patients} patients; it takes {FEWEST_EXAMPLES} of {FEWEST_PATIENTS}."
        )
    elif len({one.target for one in used}) < 2:
        why = "All examples have the same quality."
    elif not features_of(used).names:
        why = "No measure has a value in enough of the examples, and varies."
    if why is not None:
        raise UserError(
            ErrorCode.TOO_FEW_CASES,
            what="No predictor was trained.",
            why=why,
            next="Rate more cases, or train from simulated faults of more cases.",
        )
