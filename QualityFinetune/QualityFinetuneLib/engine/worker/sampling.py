"""How often each case is shown: all alike, rare classes more often, or by image quality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ..protocol.jobs import TrainOptions
from .objective import Objective
from .preparing import Prepared
from .seeding import generator


def case_weights(cases: Sequence[Prepared], options: TrainOptions, objective: Objective) -> tuple[float, ...] | None:
    """How often each case is to be shown, relative to the others; None for all alike.

    `class_balanced` shows a case in inverse proportion to how many cases share the rarest thing that it is an example
    of, so that classes which exclude each other are shown equally often.
    """
    if options.sampling == "class_balanced":
        kinds = [objective.kinds(case) for case in cases]
        common = Counter(kind for found in kinds for kind in found)
        return tuple(1.0 / min((common[kind] for kind in found), default=len(cases)) for found in kinds)
    if options.sampling == "quality_weighted":
        by_quality = {"high": options.quality_weights.high, "low": options.quality_weights.low}
        return tuple(by_quality.get(case.case.quality or "unrated", 1.0) for case in cases)
    return None


def weighted_order(weights: Sequence[float], *, start: int, count: int, seed: int) -> list[tuple[int, int]]:
    """Showings `start` to `start + count` of an endless sequence, as (case, how many times it was shown before).

    A case of probability p = weight / sum is shown once in each stretch of 1 / p showings, at a random place within:
    no case is left out however the dice fall, and shares are right from the beginning. Nothing has to be remembered,
    because the sequence depends on the seed alone.
    """
    share = np.asarray(weights, dtype=np.float64) / np.sum(weights)
    end = start + count
    times: list[np.ndarray] = []
    cases: list[np.ndarray] = []
    for case, probability in enumerate(share):
        # By time t a case was shown t * p times, give or take one; as many as there are cases bounds the sum.
        turns = int(np.ceil((end + len(share)) * probability)) + 1
        jitter = generator(seed, "sampling", case).random(turns)
        times.append((np.arange(turns) + jitter) / probability)
        cases.append(np.full(turns, case))
    order = np.argsort(np.concatenate(times), kind="stable")[:end]
    shown: Counter[int] = Counter()
    sequence = []
    for case in np.concatenate(cases)[order].tolist():
        sequence.append((case, shown[case]))
        shown[case] += 1
    return sequence[start:]
