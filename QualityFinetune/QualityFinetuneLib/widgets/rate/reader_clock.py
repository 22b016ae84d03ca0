"""The time that a reader works on a case: it runs while the mouse or the slices move, and stands in the panel."""

from __future__ import annotations

from typing import Any

import qt

from ..stage import Stage
from ..ui_files import Ui
from . import score_words
from .presenter import RatePresenter

CLOCK_MS = 1000


class ReaderClock:
    """Looks each second whether somebody is there."""

    def __init__(self, ui: Ui, presenter: RatePresenter, stage: Stage) -> None:
        self._ui = ui
        self._presenter = presenter
        self._stage = stage
        self._seen: Any = None
        self._timer = qt.QTimer()
        self._timer.setInterval(CLOCK_MS)
        self._timer.connect("timeout()", self.tick)

    def start(self) -> None:
        """The panel is shown."""
        self._timer.start()

    def stop(self) -> None:
        """The panel is left: the reader's time stops."""
        self._timer.stop()
        self._presenter.pause()

    def tick(self) -> None:
        """Note movement, and show the time; a decision has none."""
        position = qt.QCursor.pos()
        seen = (position.x(), position.y(), self._stage.positions())
        if seen != self._seen:
            self._seen = seen
            self._presenter.touch()
        decision = self._presenter.decision is not None
        self._ui.rateTimerLabel.setText("" if decision else score_words.time(self._presenter.filling))
