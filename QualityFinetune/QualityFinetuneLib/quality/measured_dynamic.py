"""Timing of the dynamic series, from acquisition times."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from .checks import TechnicalCheck
from .measured import Measured, number
from .series_headers import SeriesHeaders


def time_between_points(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    """The usual interval between DCE time points in s."""
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


def dynamic_duration(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    """How long the dynamic series lasts in s, the last time point included."""
    times = _times(series)
    if len(times) < 2:
        return Measured(found="The times of the dynamic series are not in the headers.")
    last = median(later - earlier for earlier, later in pairwise(times))
    duration = times[-1] - times[0] + last
    return Measured(values=(duration,), found=f"{number(duration)} s over {len(times)} time points")


def _times(series: Sequence[SeriesHeaders]) -> list[float]:
    return sorted({one.time_s for one in series if one.time_s is not None})
