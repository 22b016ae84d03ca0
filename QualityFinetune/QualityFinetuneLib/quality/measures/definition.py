"""What a measure is: its name, unit, direction and source, and which degradations it claims to see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from .series import MeasuredSeries

Degradation = Literal[
    "motion",
    "local_motion",
    "ghosting",
    "noise",
    "truncation",
    "thick_slices",
    "bias",
    "coil_flare",
    "zipper",
    "spikes",
    "epi_distortion",
    "n2_ghost",
    "eddy",
    "adc_noise",
    "high_b_noise",
]
Better = Literal["higher", "lower"]
Compute = Callable[[MeasuredSeries], float]
C = TypeVar("C", bound=Compute)

DEFINITIONS: dict[str, Definition] = {}
"""Every measure by name, in the order in which the modules of measures define them."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A measure of one series.

    Attributes:
        unit: `1` for a pure number, `image` for the image's own grey levels.
        better: whether a higher or a lower value means better quality; None where it says something else.
        sees: degradations with whose severity the measure is meant to fall (or rise) steadily.
        source: publication of the formula.
        scale_free: whether the value stays the same when all grey levels are multiplied by a number.
        compute: raises `Undefined` where there is no value.
    """

    name: str
    unit: str
    better: Better | None
    sees: tuple[Degradation, ...]
    source: str
    scale_free: bool
    compute: Compute

    @property
    def gland(self) -> bool:
        """Whether it is measured inside the gland."""
        return self.name.startswith("gland_")

    @property
    def formula(self) -> str:
        """What is computed, from the function's own documentation."""
        return " ".join((self.compute.__doc__ or "").split())


def measures(
    name: str,
    *,
    unit: str,
    better: Better | None,
    source: str,
    sees: tuple[Degradation, ...] = (),
    scale_free: bool = True,
) -> Callable[[C], C]:
    """Enter a function into the catalogue of measures."""

    def enter(compute: C) -> C:
        if name in DEFINITIONS and DEFINITIONS[name].compute.__module__ != compute.__module__:
            raise ValueError(f"two measures are called {name}")
        DEFINITIONS[name] = Definition(
            name=name, unit=unit, better=better, sees=sees, source=source, scale_free=scale_free, compute=compute
        )
        return compute

    return enter
