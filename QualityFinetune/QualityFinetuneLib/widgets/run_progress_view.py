"""The box that follows a run: bar, time to go, numbers, Cancel. Shown by every panel that can start one."""

from __future__ import annotations

from typing import Any

import qt

from . import run_words
from .run_monitor import RunMonitor
from .sparkline import sparkline
from .ui_files import Ui

CHART_PX = (240, 64)
LINE = "#2f8fe6"
GRID = "#9a9a9a"


class RunProgressView:
    """Lives in a panel's empty frame and hides it while no run was started.

    Args:
        kinds: runs of these kinds are shown here, and stay until the next one.
        while_active: runs of these kinds are shown only as long as they work.
    """

    def __init__(
        self, frame: Any, monitor: RunMonitor, *, kinds: tuple[str, ...], while_active: tuple[str, ...] = ()
    ) -> None:
        self.ui = Ui("RunProgress")
        self._frame = frame
        self._monitor = monitor
        self._kinds = kinds
        self._while_active = while_active
        self._drawn: list[float] = []
        frame.layout().addWidget(self.ui.widget)
        self.ui.runCancelButton.connect("clicked()", monitor.cancel)
        monitor.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the run as it is now."""
        progress = self._monitor.progress
        shown = progress.kind in self._kinds or (progress.kind in self._while_active and progress.active)
        self._frame.setVisible(shown)
        if not shown:
            return
        ui = self.ui
        ui.runTitleLabel.setText(run_words.title(progress))
        ui.runStatusLabel.setText(run_words.status(progress))
        ui.runCancelButton.setVisible(progress.active)
        ui.runCancelButton.setEnabled(progress.state in ("starting", "running"))
        ui.runProgressBar.setVisible(progress.active)
        if progress.total:
            ui.runProgressBar.setRange(0, progress.total)
            ui.runProgressBar.setValue(progress.done)
        else:
            ui.runProgressBar.setRange(0, 0)
        ui.runMetricLabel.setText(run_words.metric(progress))
        ui.runMetricLabel.setVisible(bool(progress.curve))
        ui.runChartLabel.setVisible(len(progress.curve) > 1)
        caption = run_words.caption(progress)
        ui.runChartCaptionLabel.setText(caption)
        ui.runChartCaptionLabel.setVisible(bool(caption))
        self._draw()

    def _draw(self) -> None:
        values = [value for _epoch, value in self._monitor.progress.curve]
        if len(values) < 2 or values == self._drawn:
            return
        self._drawn = values
        width, height = CHART_PX
        self.ui.runChartLabel.setPixmap(
            sparkline(values, width=width, height=height, line=qt.QColor(LINE), grid=qt.QColor(GRID))
        )
        self.ui.runChartLabel.setAccessibleDescription(run_words.caption(self._monitor.progress))
