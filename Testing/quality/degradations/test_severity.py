"""From severity to parameters: exact at the grades, monotone between them, linear in amplitude for dB."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.quality.degradations.kinds import KINDS
from QualityFinetuneLib.quality.degradations.severity import GRADES, amplitude, at_severity, decibel

TABLES = [pytest.param(cls.table, id=kind) for kind, cls in KINDS.items()]


@pytest.mark.parametrize("table", TABLES)
def test_grades_give_the_table_itself(table) -> None:
    for place, grade in enumerate(GRADES):
        assert at_severity(table, grade) == {name: row[place] for name, row in table.items()}


@pytest.mark.parametrize("table", TABLES)
@given(a=st.floats(0, 1), b=st.floats(0, 1))
def test_every_parameter_is_monotone(table, a, b) -> None:
    low, high = (at_severity(table, s) for s in sorted((a, b)))
    for name, row in table.items():
        rises = row[-1] > row[0]
        assert (high[name] >= low[name]) if rises else (high[name] <= low[name])


@pytest.mark.parametrize("table", TABLES)
def test_tables_rise_or_fall_strictly(table) -> None:
    for row in table.values():
        steps = [b - a for a, b in itertools.pairwise(row)]
        assert all(step > 0 for step in steps) or all(step < 0 for step in steps)


def test_between_grades_decibels_are_linear_in_amplitude() -> None:
    ghost = at_severity({"level_db": (-math.inf, -20.0, -14.0, -10.0, -6.0)}, 0.125)["level_db"]
    assert amplitude(ghost) == pytest.approx(0.05, rel=1e-5)
    noise = at_severity({"snr_db": (math.inf, 40.0, 30.0, 20.0, 10.0)}, 0.125)["snr_db"]
    assert 1.0 / amplitude(noise) == pytest.approx(0.005, rel=1e-5)


def test_levels_and_ratios_are_inverse() -> None:
    assert amplitude(20.0) == pytest.approx(10.0)
    assert decibel(amplitude(-13.0)) == pytest.approx(-13.0)
    assert (amplitude(math.inf), amplitude(-math.inf), decibel(0.0)) == (math.inf, 0.0, -math.inf)
