"""The stopwatch counts work, not absence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.workflow.active_time import ActiveTime


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_counts_between_signs_of_activity() -> None:
    clock = Clock()
    timer = ActiveTime(clock=clock, idle_after_s=60.0)
    clock.now_s += 20
    timer.touch()
    clock.now_s += 30
    assert timer.active_s == pytest.approx(50.0)
    assert not timer.paused


def test_a_long_silence_counts_only_until_the_reader_is_taken_to_be_away() -> None:
    clock = Clock()
    timer = ActiveTime(clock=clock, idle_after_s=60.0)
    clock.now_s += 3600
    assert timer.paused
    assert timer.active_s == 60.0
    timer.touch()
    clock.now_s += 5
    assert timer.active_s == 65.0


def test_a_pause_counts_nothing_and_ends_with_the_next_touch() -> None:
    clock = Clock()
    timer = ActiveTime(clock=clock, idle_after_s=60.0)
    clock.now_s += 10
    timer.pause()
    clock.now_s += 500
    assert timer.paused
    assert timer.active_s == 10.0
    timer.touch()
    clock.now_s += 7
    assert timer.active_s == 17.0


@given(st.lists(st.floats(min_value=0, max_value=1e4), max_size=30))
def test_active_time_never_exceeds_wall_time_nor_the_idle_limit_a_gap(gaps_s: list[float]) -> None:
    clock = Clock()
    timer = ActiveTime(clock=clock, idle_after_s=60.0)
    for gap_s in gaps_s:
        clock.now_s += gap_s
        timer.touch()
    expected = sum(min(gap_s, 60.0) for gap_s in gaps_s)
    assert timer.active_s == pytest.approx(expected, abs=1e-6)
