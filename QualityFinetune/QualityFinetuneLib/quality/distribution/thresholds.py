"""From which difference of two sets on a site wants to be warned: settings, never constants of nature."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ShiftThresholds(BaseModel):
    """A warning is given when a difference reaches its threshold and is not easily chance.

    The defaults are ours; no study says at which difference a model suffers. Measure that with an experiment.

    Attributes:
        total_variation: share of cases, 0 to 1, that would need another score for the sets to be alike.
        wasserstein: mean distance in points of the score that cases would have to move.
        high_share: difference of the shares of high quality, 0 to 1.
        standardised_difference: of a measure's means in standard deviations, either way; 0.5 is Cohen's "medium".
        kolmogorov_smirnov: largest difference of a measure's cumulative shares, 0 to 1.
        chance: probability of such a difference between two halves of one set up to which it is not called chance.
        fewest_cases: with fewer rated cases in a set no comparison is called clear.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    total_variation: float = Field(default=0.2, gt=0, le=1)
    wasserstein: float = Field(default=0.5, gt=0)
    high_share: float = Field(default=0.15, gt=0, le=1)
    standardised_difference: float = Field(default=0.5, gt=0)
    kolmogorov_smirnov: float = Field(default=0.3, gt=0, le=1)
    chance: float = Field(default=0.05, gt=0, lt=1)
    fewest_cases: int = Field(default=8, ge=2)
