"""From loose DICOM slices to volumes: group, split, order by position, and refuse what is no regular grid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..common.errors import ErrorCode
from . import messages
from .found import ImportMessage
from .grid import Geometry
from .headers import Slice
from .slice_copies import called, with_other_pixels, without_copies
from .slice_geometry import geometry_of_slices, irregular, places_of

SAME_DIRECTION = 0.005
"""Largest difference of a direction cosine within one volume; about a quarter of a degree."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack:
    """The slices of one volume, ordered along `normal`, on a regular grid.

    `repeats` tells how many volumes of the same kind (b-value, time, echo) the series held, this one among them.
    """

    slices: tuple[Slice, ...]
    repeats: int = 1

    @property
    def head(self) -> Slice:
        return self.slices[0]

    @property
    def name(self) -> str:
        """How messages call the series: its number and description."""
        number = f"{self.head.series_number} " if self.head.series_number is not None else ""
        return f"{number}{self.head.label}".strip() or "without a description"

    @property
    def folder(self) -> Path:
        return self.head.path.parent

    @property
    def geometry(self) -> Geometry:
        return geometry_of_slices(self.slices)

    @property
    def acquired_s(self) -> float | None:
        """Seconds since midnight when the first of its slices was acquired."""
        times = [s.acquisition_time_s for s in self.slices if s.acquisition_time_s is not None]
        return min(times) if times else None


@dataclass
class Sorted:
    stacks: list[Stack] = field(default_factory=list)
    messages: list[ImportMessage] = field(default_factory=list)


def sort_slices(slices: Iterable[Slice]) -> Sorted:
    """All volumes among `slices` of any number of series, and what was wrong with the others."""
    result = Sorted()
    by_series: dict[tuple[str, str, str], list[Slice]] = defaultdict(list)
    for one in slices:
        by_series[one.patient, one.study, one.series].append(one)
    for members in by_series.values():
        kept = without_copies(members, result.messages)
        defect = next((s for s in kept if s.defect), None)
        if defect is not None:
            result.messages.append(_defective(defect))
            continue
        for family in _families(kept).values():
            parts: dict[tuple[object, ...], list[Slice]] = defaultdict(list)
            for one in family:
                parts[_kind(one)].append(one)
            volumes = Sorted()
            for part in parts.values():
                _add_volumes(part, volumes)
            _drop_shorter(volumes)
            result.stacks += volumes.stacks
            result.messages += volumes.messages
    return result


def _families(members: Sequence[Slice]) -> dict[tuple[object, ...], list[Slice]]:
    """Slices with the same picture size, pixel spacing, kind of image and orientation.

    Orientations are compared by their difference, because rounding would part two that differ in the last digit.
    """
    families: dict[tuple[object, ...], list[Slice]] = defaultdict(list)
    orientations: list[np.ndarray] = []
    for one in members:
        vectors = np.array(one.orientation)
        turn = next(
            (i for i, known in enumerate(orientations) if np.abs(known - vectors).max() < SAME_DIRECTION), None
        )
        if turn is None:
            turn = len(orientations)
            orientations.append(vectors)
        spacing = tuple(round(v, 3) for v in one.pixel_spacing_mm)
        families[turn, one.rows, one.columns, spacing, one.image_type].append(one)
    return families


def _kind(one: Slice) -> tuple[object, ...]:
    """What tells the volumes of a family apart."""
    return (
        one.diffusion.b_value,
        one.diffusion.directional,
        None if one.echo_time_ms is None else round(one.echo_time_ms, 1),
        one.temporal_index,
    )


def _add_volumes(part: list[Slice], result: Sorted) -> None:
    places = places_of(part)
    counts = {len(place) for place in places}
    if len(counts) > 1:
        places = [with_other_pixels(place, result.messages) for place in places]
        counts = {len(place) for place in places}
    if counts == {1}:
        volumes = [[place[0] for place in places]]
    elif len(counts) == 1:
        # The same positions several times: time points, directions or averages, in the order they were acquired.
        ordered = [sorted(place, key=_when) for place in places]
        volumes = [[place[turn] for place in ordered] for turn in range(counts.pop())]
    else:
        place = max(places, key=len)
        result.messages.append(
            _bad_geometry(
                place[0],
                f"{len(place)} different images lie at one slice position, but not at every position.",
                "Send the series again from the scanner or archive.",
            )
        )
        return
    for volume in volumes:
        problem = irregular(volume)
        if problem:
            result.messages.append(_bad_geometry(volume[0], problem, "Send the series again with all of its slices."))
        else:
            result.stacks.append(Stack(slices=tuple(volume), repeats=len(volumes)))


def _drop_shorter(volumes: Sorted) -> None:
    """Volumes of one family cover the same positions; one with fewer slices has lost some at its ends."""
    full = max((len(stack.slices) for stack in volumes.stacks), default=0)
    for stack in [s for s in volumes.stacks if len(s.slices) < full]:
        volumes.stacks.remove(stack)
        volumes.messages.append(
            _bad_geometry(
                stack.head,
                f"It has {len(stack.slices)} slices where the other volumes of the series have {full}.",
                "Send the series again with all of its slices.",
            )
        )


def _when(one: Slice) -> tuple[float, ...]:
    return (
        one.acquisition_number or 0,
        one.acquisition_time_s or 0,
        one.trigger_time_ms or 0,
        one.instance_number or 0,
        one.frame or 0,
    )


def _defective(one: Slice) -> ImportMessage:
    return messages.error(
        one.path,
        ErrorCode.UNREADABLE_FILE,
        f"The series {called(one)} was left out.",
        f"Its file {one.path.name} {one.defect}.",
        "Send the series again from the scanner or archive.",
    )


def _bad_geometry(one: Slice, why: str, next: str) -> ImportMessage:
    b_value = one.diffusion.b_value
    part = f" at b {b_value:g}" if b_value else ""
    return messages.error(
        one.path.parent,
        ErrorCode.BAD_GEOMETRY,
        f"The series {called(one)}{part} was left out.",
        why,
        next,
    )
