"""From sorted volumes to the series that a scan hands on: order, names, technical headers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .by_headers import RoleRule
from .dicom_files import DAMAGED, quietly, read_header
from .dynamic import TimePoint
from .found import FoundSeries
from .preference import adc_rank, in_order, t2w_rank, with_high_b
from .roles import Role
from .stacks import Stack
from .technical import technical_headers


@dataclass(frozen=True, kw_only=True)
class SortedStack:
    """A volume with its role and the rule that gave it; time and source b-values where they apply."""

    stack: Stack
    role: Role
    rule: RoleRule
    calculated: bool | None = None
    source_b_values: tuple[float, ...] = ()
    time: TimePoint | None = None


def found_series(chosen: Sequence[SortedStack]) -> tuple[FoundSeries, ...]:
    """The series of one exam, in order, each with a name of its own and its technical headers."""
    ranked = sorted(chosen, key=_rank)
    ordered = in_order(with_high_b([_found(c) for c in ranked]))
    return _with_names(_with_temporal_resolution(ordered))


def _rank(c: SortedStack) -> tuple[float, ...]:
    if c.role in (Role.T2W, Role.T2W_SAG, Role.T2W_COR):
        return t2w_rank(c.stack)
    if c.role is Role.ADC:
        return adc_rank(c.stack, c.source_b_values)
    return (float(c.stack.head.series_number or 0),)


def _found(c: SortedStack) -> FoundSeries:
    head = c.stack.head
    frames = tuple(s.frame for s in c.stack.slices if s.frame is not None)
    return FoundSeries(
        role=c.role,
        paths=tuple(s.path for s in c.stack.slices),
        name=head.label,
        frames=frames or None,
        b_value=head.diffusion.b_value if c.role is Role.DWI else None,
        calculated=c.calculated,
        time_index=c.time.index if c.time else None,
        time_s=c.time.time_s if c.time else None,
        series_uid=head.series,
        headers=_headers(c),
    )


def _headers(c: SortedStack) -> dict[str, object]:
    """Technical headers of the middle slice."""
    middle = c.stack.slices[len(c.stack.slices) // 2]
    try:
        with quietly():
            headers = technical_headers(read_header(middle.path), b_values=c.source_b_values)
    except DAMAGED:
        headers = {}
    if c.stack.slices[1:]:
        # The measured distance, because the header's is often absent (3D) or rounded.
        headers["SpacingBetweenSlices"] = round(c.stack.geometry.spacing_mm[2], 4)
    return headers


def _with_temporal_resolution(series: Sequence[FoundSeries]) -> list[FoundSeries]:
    """State the temporal resolution (ms) of a dynamic series by its own times where the header does not."""
    times = sorted(s.time_s for s in series if s.role is Role.DCE and s.time_s is not None)
    steps = sorted(b - a for a, b in pairwise(times))
    if not steps:
        return list(series)
    typical_ms = round(steps[len(steps) // 2] * 1000, 3)
    return [
        replace(s, headers={"TemporalResolution": typical_ms, **s.headers}) if s.role is Role.DCE else s
        for s in series
    ]


def _with_names(series: Sequence[FoundSeries]) -> tuple[FoundSeries, ...]:
    """Short names, unique within the case, made of role and b-value or time; no file or patient name in them."""
    taken: dict[str, int] = defaultdict(int)
    named = []
    for one in series:
        base = _base_name(one)
        taken[base] += 1
        named.append(replace(one, name=base if taken[base] == 1 else f"{base}_{taken[base]}"))
    return tuple(named)


def _base_name(one: FoundSeries) -> str:
    if one.role in (Role.DWI, Role.HBV):
        return f"{one.role.value}_b{one.b_value or 0:g}{'_calculated' if one.calculated else ''}"
    if one.role is Role.DCE:
        return f"dce_{(one.time_index or 0) + 1:02d}"
    if one.role is Role.OTHER:
        slug = re.sub(r"[^a-z0-9]+", "_", one.name.lower()).strip("_")[:40]
        return f"other_{slug}" if slug else "other"
    return one.role.value
