"""From loose DICOM slices to volumes: group, split, order by position, and refuse what is no regular grid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..common.errors import ErrorCode, UserError
from . import messages
from .found import ImportMessage
from .grid import Geometry
from .headers import Slice
from .pixels import volume_of

SAME_PLACE_MM = 0.02
"""Two slices nearer than this along the normal lie at one position."""

SAME_DIRECTION = 0.005
"""Largest difference of a direction cosine within one volume; about a quarter of a degree."""

MISPLACED = 0.05
"""How far a slice may lie off the regular grid, as a part of the slice distance."""


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
        return f"{number}{self.head.description}".strip() or "without a description"

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


def axes_of(orientation: Sequence[float]) -> np.ndarray:
    """3x3 matrix whose columns are the unit vectors along a row, along a column, and the normal of both.

    Header values carry rounding; the column direction is made exactly perpendicular to the row direction.
    """
    along_row, along_column = np.array(orientation[:3], float), np.array(orientation[3:], float)
    along_row /= np.linalg.norm(along_row)
    along_column -= (along_column @ along_row) * along_row
    along_column /= np.linalg.norm(along_column)
    axes = np.column_stack([along_row, along_column, np.cross(along_row, along_column)])
    # Numbers near the smallest that a double can hold make ITK's matrix inversion fail.
    axes[np.abs(axes) < 1e-15] = 0.0
    return axes


def geometry_of_slices(slices: Sequence[Slice]) -> Geometry:
    """Geometry of ordered slices; the slice distance is their mean distance along the normal."""
    head = slices[0]
    axes = axes_of(head.orientation)
    depth = _depths(slices, axes)
    distance = float(depth[-1] - depth[0]) / (len(slices) - 1) if len(slices) > 1 else 1.0
    between_rows, between_columns = head.pixel_spacing_mm
    return Geometry(
        size=(head.columns, head.rows, len(slices)),
        spacing_mm=(between_columns, between_rows, distance),
        origin_mm=head.position_mm,
        direction=tuple(float(v) for v in axes.ravel()),
    )


def sort_slices(slices: Iterable[Slice]) -> Sorted:
    """All volumes among `slices` of any number of series, and what was wrong with the others."""
    result = Sorted()
    by_series: dict[tuple[str, str, str], list[Slice]] = defaultdict(list)
    for one in slices:
        by_series[one.patient, one.study, one.series].append(one)
    for members in by_series.values():
        kept = _without_copies(members, result.messages)
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
    places = _places(part)
    counts = {len(place) for place in places}
    if len(counts) > 1:
        places = [_with_other_pixels(place, result.messages) for place in places]
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


def irregular(slices: Sequence[Slice]) -> str | None:
    """Why ordered slices are no regular grid, in one sentence; None when they are."""
    if len(slices) < 3:
        return None
    axes = axes_of(slices[0].orientation)
    depth = _depths(slices, axes)
    steps = np.diff(depth)
    distance = float(np.median(steps))
    missing = [(i, round(step / distance) - 1) for i, step in enumerate(steps) if round(step / distance) > 1]
    regular_steps = [abs(step / distance - round(step / distance)) < MISPLACED for step in steps]
    if missing and all(regular_steps):
        count = sum(number for _, number in missing)
        after = missing[0][0] + 1
        return (
            f"{count} {'slice is' if count == 1 else 'slices are'} missing, the first after slice {after} of "
            f"{len(slices)}, where {steps[missing[0][0]]:.1f} mm lie instead of {distance:.1f} mm."
        )
    line = np.linspace(depth[0], depth[-1], len(depth))
    mean_step = (depth[-1] - depth[0]) / (len(depth) - 1)
    if np.abs(depth - line).max() > MISPLACED * mean_step:
        return f"The distance from slice to slice varies between {steps.min():.2f} and {steps.max():.2f} mm."
    aside = np.array([s.position_mm for s in slices]) @ axes[:, :2]
    if np.abs(aside - aside[0]).max() > max(MISPLACED * mean_step, 0.01):
        return "The slices are shifted sideways against each other, so they form no rectangular volume."
    return None


def _places(part: Sequence[Slice]) -> list[list[Slice]]:
    """Slices by position, ordered along the normal."""
    depth = _depths(part, axes_of(part[0].orientation))
    places: list[list[Slice]] = []
    last = -np.inf
    for index in np.argsort(depth, kind="stable"):
        if depth[index] - last > SAME_PLACE_MM:
            places.append([])
            last = depth[index]
        places[-1].append(part[index])
    return places


def _depths(slices: Sequence[Slice], axes: np.ndarray) -> np.ndarray:
    return np.array([s.position_mm for s in slices]) @ axes[:, 2]


def _when(one: Slice) -> tuple[float, ...]:
    return (
        one.acquisition_number or 0,
        one.acquisition_time_s or 0,
        one.trigger_time_ms or 0,
        one.instance_number or 0,
        one.frame or 0,
    )


def _with_other_pixels(place: list[Slice], told: list[ImportMessage]) -> list[Slice]:
    """The slices at one position, each picture once."""
    kept: list[tuple[Slice, np.ndarray]] = []
    for one in place:
        try:
            picture = volume_of([one])
        except UserError:
            return place  # Left as they are: the position is refused with the reason that matters.
        if any(np.array_equal(picture, other) for _, other in kept):
            told.append(_copies([one]))
        else:
            kept.append((one, picture))
    return [one for one, _ in kept]


def _without_copies(members: list[Slice], told: list[ImportMessage]) -> list[Slice]:
    """Each slice once: the same instance may lie in two folders, or under two file names."""
    kept: dict[tuple[object, ...], Slice] = {}
    copies: list[Slice] = []
    for one in sorted(members, key=lambda s: (str(s.path), s.frame or 0)):
        if kept.setdefault((one.instance, one.position_mm), one) is not one:
            copies.append(one)
    if copies:
        told.append(_copies(copies))
    return list(kept.values())


def _copies(copies: Sequence[Slice]) -> ImportMessage:
    first = copies[0]
    files = "A file" if len(copies) == 1 else f"{len(copies)} files"
    return messages.warning(
        first.path,
        ErrorCode.CONFLICT,
        f"{files} of the series {_called(first)} {'was' if len(copies) == 1 else 'were'} left out.",
        f"{first.path.name} is a copy of a slice that was already found."
        if len(copies) == 1
        else f"They are copies of slices that were already found, for example {first.path.name}.",
        "Nothing needs to be done; each slice was used once.",
    )


def _called(one: Slice) -> str:
    return one.description or f"number {one.series_number if one.series_number is not None else 'unknown'}"


def _defective(one: Slice) -> ImportMessage:
    return messages.error(
        one.path,
        ErrorCode.UNREADABLE_FILE,
        f"The series {_called(one)} was left out.",
        f"Its file {one.path.name} {one.defect}.",
        "Send the series again from the scanner or archive.",
    )


def _bad_geometry(one: Slice, why: str, next: str) -> ImportMessage:
    b_value = one.diffusion.b_value
    part = f" at b {b_value:g}" if b_value else ""
    return messages.error(
        one.path.parent,
        ErrorCode.BAD_GEOMETRY,
        f"The series {_called(one)}{part} was left out.",
        why,
        next,
    )
