"""How long a training will take, tried before it starts: one case is shown, and nothing is learned from it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .failures import MEMORY_ERRORS, is_out_of_memory
from .feature_cache import FeatureCache
from .patches import Shown

_WORTH_A_SECOND_S = (0.05, 5.0)
"""The first time also sets up what later ones find ready. A second one is made unless that is no matter, or long."""


class CanTry(Protocol):
    """The part of a `TrainingStep` that a trial needs."""

    def try_out(self, shown: Sequence[Shown]) -> None:
        """See `TrainingStep.try_out`."""
        ...


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Seconds that one case takes.

    Attributes:
        showing_s: to be shown, each time.
        encoding_s: to be encoded, once, where the features of an encoder at rest are kept; 0 where they are known.
    """

    showing_s: float
    encoding_s: float = 0.0

    def seconds(self, *, shown: int, encoded: int) -> float:
        """Of a training that shows so many cases and encodes so many pictures."""
        return shown * self.showing_s + encoded * self.encoding_s


def trial_of(step: CanTry, shown: Shown, features: FeatureCache | None) -> Trial | None:
    """Show one case; None where memory did not suffice, which the training itself deals with.

    Args:
        step: of the training, before its first step.
        shown: the case.
        features: of an encoder at rest; what the trial encodes is kept for the training.
    """
    known = None if features is None else features.misses
    try:
        first = _seconds(step, shown)
        if features is not None and features.misses != known:
            again = _seconds(step, shown)
            return Trial(showing_s=again, encoding_s=max(0.0, first - again))
        if _WORTH_A_SECOND_S[0] < first < _WORTH_A_SECOND_S[1]:
            first = min(first, _seconds(step, shown))
    except MEMORY_ERRORS as error:
        if not is_out_of_memory(error):
            raise
        return None
    return Trial(showing_s=first)


def _seconds(step: CanTry, shown: Shown) -> float:
    began = time.perf_counter()
    step.try_out([shown])
    return time.perf_counter() - began
