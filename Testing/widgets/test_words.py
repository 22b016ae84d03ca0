"""Codes in words; none of them relies on color."""

from __future__ import annotations

from typing import get_args

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.study.records import RunStatus
from QualityFinetuneLib.widgets import words


def test_every_run_status_has_its_own_words() -> None:
    said = [words.run_status_words(status) for status in get_args(RunStatus)]
    assert len(set(said)) == len(said) and all(said)


def test_high_and_low_differ_by_sign_and_word() -> None:
    high, low, none = (words.quality_words(stratum) for stratum in ("high", "low", None))
    assert len({high, low, none}) == 3 and high[0] != low[0]


def test_every_role_has_words() -> None:
    assert all(words.role_words(role) for role in Role)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "1 s"), (59, "59 s"), (61, "1 min"), (3540, "59 min"), (5400, "1 h 30 min")]
)
def test_durations_are_told_as_people_say_them(seconds: float, said: str) -> None:
    assert words.duration_words(seconds) == said


def test_a_stopwatch_shows_minutes_and_seconds() -> None:
    assert words.clock_words(0) == "0:00" and words.clock_words(125.9) == "2:05"


def test_no_number_is_a_dash() -> None:
    assert words.number_words(None) == "–" and words.number_words(0.456) == "0.46"
