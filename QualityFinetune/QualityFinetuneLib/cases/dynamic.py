"""Find the time points of a dynamic contrast series, whether one series holds them all or each is a series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .stacks import Stack

FEWEST_TIME_POINTS = 3
"""Before contrast, arriving, leaving: with fewer there is no enhancement curve."""

DAY_S = 86400.0


@dataclass(frozen=True, kw_only=True)
class TimePoint:
    """One volume of a dynamic series: its 0-based index, and seconds after the first where the headers tell."""

    stack: Stack
    index: int
    time_s: float | None


def time_points(candidates: Sequence[Stack]) -> list[TimePoint]:
    """The dynamic series among fast T1-weighted volumes of one exam, in order of time.

    Volumes belong together when grid, echo time, repetition time, protocol and kind of image agree. The largest such
    group is the dynamic series. Empty when no group has three time points.

    Times are those of `AcquisitionTime` where these differ, else `TriggerTime` (GE), else multiples of
    `TemporalResolution` are left to the quality checks and `time_s` is None.
    """
    groups: dict[tuple[object, ...], list[Stack]] = defaultdict(list)
    for stack in candidates:
        groups[_kind(stack)].append(stack)
    largest = max(groups.values(), key=len, default=[])
    if len(largest) < FEWEST_TIME_POINTS:
        return []
    ordered, times = _in_time(largest)
    start = times[0] if times else 0.0
    return [
        TimePoint(stack=stack, index=index, time_s=round(times[index] - start, 6) if times else None)
        for index, stack in enumerate(ordered)
    ]


def strays(candidates: Sequence[Stack], points: Sequence[TimePoint]) -> list[Stack]:
    """Volumes of the dynamic series' protocol on another grid: a time point that lost slices."""
    found = {id(point.stack) for point in points}
    protocols = {_protocol(point.stack) for point in points}
    return [stack for stack in candidates if id(stack) not in found and _protocol(stack) in protocols]


def _kind(stack: Stack) -> tuple[object, ...]:
    grid = stack.geometry
    return (
        grid.size,
        tuple(round(v, 2) for v in grid.spacing_mm),
        tuple(round(v, 1) + 0.0 for v in grid.origin_mm),
        *_protocol(stack),
    )


def _protocol(stack: Stack) -> tuple[object, ...]:
    head = stack.head
    return (
        head.image_type,
        head.protocol,
        None if head.echo_time_ms is None else round(head.echo_time_ms, 1),
        None if head.repetition_time_ms is None else round(head.repetition_time_ms, 1),
    )


def _in_time(stacks: list[Stack]) -> tuple[list[Stack], list[float]]:
    """Stacks in order, and their times in seconds (empty when unknown)."""
    acquired = _distinct(stacks, lambda s: s.acquired_s)
    if acquired and max(acquired) - min(acquired) > DAY_S / 2:  # The exam ran past midnight.
        acquired = [t + DAY_S if t < DAY_S / 2 else t for t in acquired]
    triggered = _distinct(stacks, lambda s: None if s.head.trigger_time_ms is None else s.head.trigger_time_ms / 1000)
    times = acquired or triggered
    if times:
        pairs = sorted(zip(times, stacks, strict=True), key=lambda pair: pair[0])
        return [stack for _, stack in pairs], [time for time, _ in pairs]
    return sorted(stacks, key=_rank), []


def _distinct(stacks: Sequence[Stack], time_of: Callable[[Stack], float | None]) -> list[float]:
    times = [time for time in map(time_of, stacks) if time is not None]
    return times if len(set(times)) == len(stacks) else []


def _rank(stack: Stack) -> tuple[int, int, int]:
    head = stack.head
    return head.temporal_index or 0, head.series_number or 0, head.instance_number or 0
