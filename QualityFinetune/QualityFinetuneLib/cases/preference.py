"""Which of several series of one role comes first, so that `FoundCase.first` gives the one a reader would take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .found import FoundSeries
from .roles import HIGH_B_FROM, Role
from .stacks import Stack

HIGH_B_WANTED = 1400.0
"""s/mm2; the high b-value that PI-QUAL v2 and PI-RADS v2.1 ask for, acquired or calculated."""

ADC_B_LIMIT = 1000.0
"""s/mm2; PI-QUAL v2 wants the ADC from b-values up to here, as kurtosis bends the signal beyond."""

_ROLE_ORDER = (Role.T2W, Role.T2W_SAG, Role.T2W_COR, Role.HBV, Role.ADC, Role.DWI, Role.DCE, Role.OTHER)


def t2w_rank(stack: Stack) -> tuple[float, ...]:
    """Sorts T2w series: without fat suppression, 2D, the finer pixels, normalised, then the later acquisition.

    Among equal protocols the later one wins because a sequence is repeated when its first run failed.
    """
    head = stack.head
    return (
        float("FS" in head.scan_options),
        float(head.acquisition_type == "3D"),
        round(head.pixel_spacing_mm[0] / 0.05),
        -float("NORM" in head.image_type),
        -(stack.acquired_s or 0.0),
        -(head.series_number or 0),
    )


def adc_rank(stack: Stack, source_b_values: Sequence[float]) -> tuple[float, ...]:
    """Sorts ADC maps: from b-values up to 1000 s/mm2, then of unknown b-values, then of higher ones; later first."""
    beyond = 0.0 if source_b_values and max(source_b_values) <= ADC_B_LIMIT else 1.0 if not source_b_values else 2.0
    return beyond, -(stack.acquired_s or 0.0), -(stack.head.series_number or 0)


def with_high_b(series: Iterable[FoundSeries]) -> list[FoundSeries]:
    """Give the role HBV to the diffusion volumes that can serve as high-b channel.

    Volumes of 1400 s/mm2 and more are HBV, and so is what a file name calls a high b-value. If there is none, the
    highest b-value of at least 1000 is. The first of them is the best: acquired before calculated, as a calculated
    image inherits the noise model of its inputs; then the highest b-value.
    """
    found = list(series)
    named = [s for s in found if s.role is Role.HBV]
    wanted = [s for s in found if s.role is Role.DWI and (s.b_value or 0) >= HIGH_B_WANTED]
    if not named and not wanted:
        usable = [s for s in found if s.role is Role.DWI and (s.b_value or 0) >= HIGH_B_FROM]
        highest = max((s.b_value or 0 for s in usable), default=0)
        wanted = [s for s in usable if s.b_value == highest]
    promoted = {id(s) for s in wanted}
    return [replace(s, role=Role.HBV) if id(s) in promoted else s for s in found]


def in_order(series: Iterable[FoundSeries]) -> tuple[FoundSeries, ...]:
    """Series by role, the preferred one of each role first; equal ones keep their order."""
    return tuple(sorted(series, key=_rank))


def _rank(series: FoundSeries) -> tuple[float, ...]:
    role = float(_ROLE_ORDER.index(series.role))
    if series.role is Role.HBV:
        return role, float(bool(series.calculated)), -(series.b_value or 0)
    if series.role is Role.DWI:
        return role, float(bool(series.calculated)), series.b_value or 0
    if series.role is Role.DCE:
        return role, series.time_index or 0
    return (role,)
