"""Signals without Qt."""

from __future__ import annotations

from QualityFinetuneLib.widgets.signal import Signal


def test_listeners_are_called_in_order_with_the_arguments() -> None:
    told: list[tuple[str, int]] = []
    signal = Signal()
    signal.connect(lambda value: told.append(("first", value)))
    signal.connect(lambda value: told.append(("second", value)))
    signal.emit(3)
    assert told == [("first", 3), ("second", 3)]


def test_a_listener_may_leave_while_it_is_called() -> None:
    told: list[str] = []
    signal = Signal()

    def once() -> None:
        told.append("once")
        signal.disconnect(once)

    signal.connect(once)
    signal.connect(lambda: told.append("always"))
    signal.emit()
    signal.emit()
    assert told == ["once", "always", "always"]
