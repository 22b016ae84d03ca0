"""The measures that a form's technical checks name: each reads the headers of some series and says what it found."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ..cases.roles import Role
from .acquired import field_of_view_mm, in_plane
from .checks import Measure, TechnicalCheck
from .series_headers import SeriesHeaders

SIEMENS_ADC_RANGE = re.compile(r"ep_?b(\d+)_(\d+)", re.IGNORECASE)
"""Siemens names the lowest and highest b-value behind an ADC map in its sequence name, e.g. `*ep_b50_800`."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the headers tell.

    Attributes:
        values: all of them must lie within the limits; empty when nothing is known.
        found: the same for a reader, with units, or why it is unknown.
        bound: True when the true value is known to be no larger, but not how large it is.
    """

    values: tuple[float, ...] = ()
    found: str
    bound: bool = False


Read = Callable[[Sequence[SeriesHeaders], TechnicalCheck], Measured]


def number(value: float) -> str:
    """A value with two decimals at most, as a reader writes it."""
    return f"{round(value, 2):g}"


def _each(read: Callable[[SeriesHeaders], float | None], what: str, unit: str) -> Read:
    """A measure that every series has for itself; different values are all listed."""

    def measure(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
        values = [value for one in series if (value := read(one)) is not None]
        if not values:
            return Measured(found=f"The {what} is not in the headers.")
        silent = len(series) - len(values)
        note = f" (not stated for {silent} of {len(series)} series)" if silent else ""
        return Measured(values=_distinct(values), found=f"{_listed(values)} {unit}{note}")

    return measure


def _slice_thickness(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    stated = _each(lambda one: one.length_mm("SliceThickness"), "slice thickness", "mm")(series, check)
    if stated.values:
        return stated
    apart = [distance for one in series if (distance := _slice_distance(one)) is not None]
    if not apart:
        return stated
    # Slices as far apart as this can be thinner, with a gap, but hardly thicker.
    found = f"{_listed(apart)} mm between slices; the thickness itself is not in the file"
    return Measured(values=_distinct(apart), found=found, bound=True)


def _slice_distance(series: SeriesHeaders) -> float | None:
    if series.spacing_mm is not None and series.spacing_mm[2] > 0:
        return series.spacing_mm[2]
    return series.length_mm("SpacingBetweenSlices")


def _slice_gap(series: SeriesHeaders) -> float | None:
    thickness, distance = series.length_mm("SliceThickness"), _slice_distance(series)
    return None if thickness is None or distance is None else max(0.0, distance - thickness)


def _phase(series: SeriesHeaders) -> float | None:
    found = in_plane(series)
    return found.phase_mm if found else None


def _frequency(series: SeriesHeaders) -> float | None:
    found = in_plane(series)
    return found.frequency_mm if found else None


def _field_strength(series: SeriesHeaders) -> float | None:
    value = series.length_mm("MagneticFieldStrength")
    # Some scanners write gauss; no scanner for people has 100 T.
    return value / 10_000 if value is not None and value > 100 else value


def _field_of_view(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    extents = [extent for one in series if (extent := field_of_view_mm(one)) is not None]
    if not extents:
        return Measured(found="The field of view is not in the headers.")
    shown = " and ".join(dict.fromkeys(f"{number(x)} x {number(y)}" for x, y in extents))
    return Measured(values=_distinct([side for extent in extents for side in extent]), found=f"{shown} mm")


def _highest_b(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    known = [(one.b_value, one.calculated) for one in series if one.b_value is not None]
    if not known:
        return Measured(found="The b-values are not in the headers.")
    # Of two with the same b-value the acquired one is named.
    highest, calculated = max(known, key=lambda pair: (pair[0], not pair[1]))
    how = "calculated" if calculated else "acquired" if calculated is False else "acquired or calculated not stated"
    found = f"b {number(highest)} s/mm² ({how})"
    below = check.at_least is not None and highest < check.at_least - check.tolerance
    if below and any(one.role is Role.HBV and one.b_value is None for one in series):
        return Measured(found=f"{found}; a further high b-value series does not tell its b-value.")
    return Measured(values=(highest,), found=found)


def _adc_b_values(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    """How many b-values up to the limit the ADC rests on; of several maps the best one counts."""
    maps = [one for one in series if one.role is Role.ADC]
    if not maps:
        return Measured(found="There is no ADC map in this case.")
    limit = float("inf") if check.up_to is None else check.up_to
    stated = [found for one in maps if (found := _behind(one)) is not None]
    acquired = _distinct([one.b_value for one in series if one.b_value is not None and _is_acquired_dwi(one)])
    # What a map says of itself outranks what else was acquired in the exam.
    behind = stated or [(acquired, "acquired")]
    count, b_values, how = max(((sum(b <= limit for b in bs), bs, how) for bs, how in behind), key=lambda one: one[0])
    if len(b_values) < 2:
        return Measured(found="The b-values behind the ADC are not in the headers.")
    return Measured(values=(float(count),), found=f"b {_listed(b_values)} s/mm² ({how})")


def _behind(adc: SeriesHeaders) -> tuple[tuple[float, ...], str] | None:
    """The b-values that the headers of an ADC map name, and where."""
    stated = adc.numbers("DiffusionBValues")
    if len(stated) > 1:
        return _distinct(stated), "behind the ADC"
    named = SIEMENS_ADC_RANGE.search(adc.text("SequenceName"))
    return (_distinct([float(named[1]), float(named[2])]), "named by the ADC's sequence") if named else None


def _is_acquired_dwi(series: SeriesHeaders) -> bool:
    return series.role is not Role.ADC and not series.calculated


def _time_between_points(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    times = _times(series)
    if len(times) > 1:
        steps = [later - earlier for earlier, later in pairwise(times)]
        # The first interval is often longer (a reference frame), so the middle one stands for the series.
        found = f"{number(median(steps))} s between {len(times)} time points"
        if number(max(steps)) != number(median(steps)):
            found += f" (longest {number(max(steps))} s)"
        return Measured(values=(median(steps),), found=found)
    stated = [value for one in series if (value := one.length_mm("TemporalResolution")) is not None]
    if stated:  # DICOM gives it in milliseconds
        return Measured(values=(max(stated) / 1000,), found=f"{number(max(stated) / 1000)} s (as the header says)")
    return Measured(found="The times of the dynamic series are not in the headers.")


def _dynamic_duration(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    times = _times(series)
    if len(times) < 2:
        return Measured(found="The times of the dynamic series are not in the headers.")
    last = median(later - earlier for earlier, later in pairwise(times))
    duration = times[-1] - times[0] + last
    return Measured(values=(duration,), found=f"{number(duration)} s over {len(times)} time points")


def _planes(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    names = {Role.T2W: "axial", Role.T2W_SAG: "sagittal", Role.T2W_COR: "coronal"}
    present = [names.get(role, role.value) for role in check.roles if any(one.role is role for one in series)]
    return Measured(values=(float(len(present)),), found=" and ".join(present) or "none in this case")


def _times(series: Sequence[SeriesHeaders]) -> list[float]:
    return sorted({one.time_s for one in series if one.time_s is not None})


def _distinct(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(sorted(set(values)))


def _listed(values: Sequence[float]) -> str:
    *most, last = dict.fromkeys(number(value) for value in sorted(values))
    return f"{', '.join(most)} and {last}" if most else last


MEASURES: dict[Measure, Read] = {
    "slice_thickness_mm": _slice_thickness,
    "slice_gap_mm": _each(_slice_gap, "gap between slices", "mm"),
    "in_plane_phase_mm": _each(_phase, "acquired resolution", "mm"),
    "in_plane_frequency_mm": _each(_frequency, "acquired resolution", "mm"),
    "field_of_view_mm": _field_of_view,
    "highest_b_value": _highest_b,
    "adc_b_values": _adc_b_values,
    "time_between_points_s": _time_between_points,
    "dynamic_duration_s": _dynamic_duration,
    "field_strength_t": _each(_field_strength, "field strength", "T"),
    "planes": _planes,
}
