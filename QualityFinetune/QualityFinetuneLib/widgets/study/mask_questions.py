"""Asks which masks count where exams came with several of one task: a list a task, the usual choice proposed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import qt

from ...cases.tasks import Task
from ...workflow.mask_choice import MaskChoice, made_by_a_model
from ..i18n import tr as _
from ..ui_files import Ui


class MaskQuestions:
    """Drives the frame `masksFrame`.

    Args:
        go_on: called with the chosen sources.
        stop: called when the user stops the import.
        tasks: those that can be chosen, to call them by their titles.
    """

    def __init__(
        self,
        ui: Ui,
        *,
        go_on: Callable[[list[str]], None],
        stop: Callable[[], None],
        tasks: Callable[[], Sequence[Task]],
    ) -> None:
        self.combos: dict[str, Any] = {}
        self._ui = ui
        self._go_on = go_on
        self._stop = stop
        self._tasks = tasks
        self._rows: list[Any] = []
        self._sources: dict[str, list[str]] = {}
        ui.masksGoOnButton.connect("clicked()", self._answered)
        ui.masksStopButton.connect("clicked()", self._stopped)
        ui.masksFrame.setVisible(False)

    def ask(self, choices: Sequence[MaskChoice]) -> bool:
        """Show the question; False when there is nothing to ask."""
        self.hide()
        if not choices:
            return False
        layout = self._ui.masksHolder.layout()
        titles = {task.name: task.title for task in self._tasks()}
        for choice in choices:
            label = qt.QLabel(
                _("{task}, {exams} exams").format(task=titles.get(choice.task, choice.task), exams=choice.exams)
            )
            combo = qt.QComboBox()
            combo.setAccessibleName(_("Masks of {task} that count").format(task=choice.task))
            combo.setSizeAdjustPolicy(qt.QComboBox.AdjustToMinimumContentsLengthWithIcon)
            for source, count in choice.sources.items():
                combo.addItem(_source_words(source, count))
            label.setBuddy(combo)
            combo.setToolTip("\n".join(_source_words(source, count) for source, count in choice.sources.items()))
            layout.addWidget(label)
            layout.addWidget(combo)
            self._rows += [label, combo]
            self.combos[choice.task] = combo
            self._sources[choice.task] = list(choice.sources)
        self._ui.masksFrame.setVisible(True)
        return True

    def hide(self) -> None:
        """The question is answered, or another study is open."""
        self._ui.masksFrame.setVisible(False)
        for widget in self._rows:
            self._ui.masksHolder.layout().removeWidget(widget)
            widget.setParent(None)
            widget.deleteLater()
        self._rows, self.combos, self._sources = [], {}, {}

    def _answered(self) -> None:
        chosen = [self._sources[task][combo.currentIndex] for task, combo in self.combos.items()]
        self.hide()
        self._go_on(chosen)

    def _stopped(self) -> None:
        self.hide()
        self._stop()


def _source_words(source: str, count: int) -> str:
    if made_by_a_model(source):
        return _("{source} ({count} exams, made by a model)").format(source=source, count=count)
    return _("{source} ({count} exams)").format(source=source, count=count)
