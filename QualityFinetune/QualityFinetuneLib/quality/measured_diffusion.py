"""b-values of the exam and those behind its ADC maps, from the headers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..cases.roles import Role
from .checks import TechnicalCheck
from .measured import Measured, distinct, listed, number
from .series_headers import SeriesHeaders

SIEMENS_ADC_RANGE = re.compile(r"ep_?b(\d+)_(\d+)", re.IGNORECASE)
"""Siemens names the lowest and highest b-value behind an ADC map in its sequence name, e.g. `*ep_b50_800`."""


def highest_b(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    """The highest b-value in s/mm2 and whether it was acquired or calculated."""
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


def adc_b_values(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    """How many b-values up to the limit the ADC rests on; of several maps the best one counts."""
    maps = [one for one in series if one.role is Role.ADC]
    if not maps:
        return Measured(found="There is no ADC map in this case.")
    limit = float("inf") if check.up_to is None else check.up_to
    stated = [found for one in maps if (found := _behind(one)) is not None]
    acquired = distinct([one.b_value for one in series if one.b_value is not None and _is_acquired_dwi(one)])
    # What a map says of itself outranks what else was acquired in the exam.
    behind = stated or [(acquired, "acquired")]
    count, b_values, how = max(((sum(b <= limit for b in bs), bs, how) for bs, how in behind), key=lambda one: one[0])
    if len(b_values) < 2:
        return Measured(found="The b-values behind the ADC are not in the headers.")
    return Measured(values=(float(count),), found=f"b {listed(b_values)} s/mm² ({how})")


def _behind(adc: SeriesHeaders) -> tuple[tuple[float, ...], str] | None:
    """The b-values that the headers of an ADC map name, and where."""
    stated = adc.numbers("DiffusionBValues")
    if len(stated) > 1:
        return distinct(stated), "behind the ADC"
    named = SIEMENS_ADC_RANGE.search(adc.text("SequenceName"))
    return (distinct([float(named[1]), float(named[2])]), "named by the ADC's sequence") if named else None


def _is_acquired_dwi(series: SeriesHeaders) -> bool:
    return series.role is not Role.ADC and not series.calculated
