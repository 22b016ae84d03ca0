"""A reader's time runs while something moves."""

from __future__ import annotations

from typing import Any


def test_only_movement_counts_as_working(opened: Any) -> None:
    opened.go_to("Rate")
    clock, touched = opened.rate.clock, []
    clock.tick()
    opened.rate.presenter.touch = lambda: touched.append(True)
    clock.tick()
    assert touched == []
    node = opened.stage._slice_node("Red")
    node.SetSliceOffset(node.GetSliceOffset() + 3)
    clock.tick()
    assert touched == [True] and opened.rate.ui.rateTimerLabel.text.startswith("Time")


def test_leaving_stops_it(opened: Any) -> None:
    opened.go_to("Rate")
    assert opened.rate.clock._timer.isActive()
    opened.go_to("Study")
    assert not opened.rate.clock._timer.isActive()
