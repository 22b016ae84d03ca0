"""The box that follows a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from QualityFinetuneLib.widgets.run_monitor import RunMonitor, RunProgress
from widgets.scripted_engine import ScriptedEngine


@pytest.fixture
def box(desktop: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """A view for finetunes, and for predictions while they work; `tell` shows another state of the run."""
    from QualityFinetuneLib.widgets.run_progress_view import RunProgressView

    frame = desktop.qt.QFrame()
    desktop.qt.QVBoxLayout(frame)
    monitor = RunMonitor(ScriptedEngine())
    view = RunProgressView(frame, monitor, kinds=("finetune",), while_active=("predict",))

    def tell(**what: Any) -> None:
        monitor.progress = RunProgress(**what)
        monitor.changed.emit()

    yield SimpleNamespace(frame=frame, ui=view.ui, tell=tell, monitor=monitor)
    frame.hide()
    frame.deleteLater()


def test_the_box_is_there_only_for_runs_of_its_panel(box: SimpleNamespace) -> None:
    seen: list[bool] = [box.frame.isVisible()]
    tell: Callable[..., None] = box.tell
    for kind, state in (
        ("finetune", "running"),
        ("finetune", "done"),
        ("predict", "running"),
        ("predict", "done"),
        ("evaluate", "running"),
    ):
        tell(kind=kind, state=state)
        seen.append(box.frame.isVisible())
    assert seen == [False, True, True, True, False, False]


def test_the_bar_follows_the_steps_and_only_moves_while_their_number_is_unknown(box: SimpleNamespace) -> None:
    box.tell(kind="finetune", state="starting")
    assert (box.ui.runProgressBar.minimum, box.ui.runProgressBar.maximum) == (0, 0)
    box.tell(kind="finetune", state="running", done=3, total=12, eta_s=120.0)
    assert (box.ui.runProgressBar.value, box.ui.runProgressBar.maximum) == (3, 12)
    assert "3 of 12 steps" in box.ui.runStatusLabel.text


def test_a_run_can_be_cancelled_once_and_not_after_its_end(box: SimpleNamespace) -> None:
    offered = []
    for state in ("starting", "running", "cancelling", "done"):
        box.tell(kind="finetune", state=state)
        button = box.ui.runCancelButton
        offered.append(button.isVisible() and button.isEnabled())
    assert offered == [True, True, False, False]
    assert not box.ui.runProgressBar.isVisible()


def test_the_cancel_button_asks_the_engine_to_stop(box: SimpleNamespace, study: Any) -> None:
    from QualityFinetuneLib.workflow.predicting import prepare_predict

    engine = box.monitor._engine_factory
    box.monitor.start(study, prepare_predict(study, "taps_gland", study.cases.all()[:1]))
    box.ui.runCancelButton.click()
    assert engine.cancels == 1 and not box.ui.runCancelButton.isEnabled()
    box.monitor.poll()


def test_a_curve_needs_two_epochs(box: SimpleNamespace) -> None:
    told = {"kind": "finetune", "state": "running", "curve_name": "val_dice"}
    box.tell(**told, curve=[(1, 0.5)])
    assert not box.ui.runChartLabel.isVisible() and box.ui.runMetricLabel.text == "Dice 0.50"
    box.tell(**told, curve=[(1, 0.5), (2, 0.75)])
    assert box.ui.runChartLabel.isVisible() and not box.ui.runChartLabel.pixmap.isNull()
    assert "best 0.75" in box.ui.runChartLabel.accessibleDescription
