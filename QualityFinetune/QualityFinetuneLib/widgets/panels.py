"""The five steps under one roof: step bar, panels, what they share, and the timer that follows the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qt
import slicer

from ..common.errors import UserError
from ..engine.client.devices import probe
from ..engine.client.interface import Engine
from ..engine.client.process import WorkerProcess
from ..engine.client.standby import Standby
from ..workflow.resuming import catch_up, interrupted
from .dialogs import choose_file, choose_folder, open_file
from .finetune.panel import FindDevices, FinetunePanel
from .i18n import tr as _
from .keys import KeyMode
from .rate.panel import RatePanel
from .results.panel import ResultsPanel
from .review.panel import ReviewPanel
from .run_monitor import EngineFactory, RunMonitor
from .session import Session
from .shortcut_sheet import ShortcutSheet
from .stage import Stage
from .step_words import step_texts
from .study.panel import StudyPanel
from .theme import STYLE
from .ui_files import Ui

STEPS = ("Study", "Rate", "Review", "Finetune", "Results")
ENGINE_POLL_MS = 100
MAY_RUN = ("Review", "Finetune", "Results")
"""Steps from which the engine is started: while a reader is at work there, its worker reads its libraries."""


def workers(standby: Standby) -> EngineFactory:
    """The engines of a real session: processes of their own, one of which stands by between runs."""

    def worker(python: Path | None) -> Engine:
        return WorkerProcess(python=python, standby=standby)

    return worker


class Panels:
    """Drives QualityFinetune.ui.

    Args:
        scene: the vtkMRMLScene.
        engine_factory: makes the engine of a run; None takes workers, one of which stands by.
        settings: Slicer's settings; None takes them.
        choose_folder: asks for a folder; `choose_file` for a file; `open_file` shows one. Replaced in tests.
        find_devices: what the engine can compute on; replaced in tests.
    """

    def __init__(
        self,
        *,
        scene: Any,
        engine_factory: EngineFactory | None = None,
        settings: Any = None,
        choose_folder: Any = choose_folder,
        choose_file: Any = choose_file,
        open_file: Any = open_file,
        find_devices: FindDevices = probe,
    ) -> None:
        self.session = Session()
        self.standby: Standby | None = None
        if engine_factory is None:
            self.standby = Standby()
            engine_factory = workers(self.standby)
        self.monitor = RunMonitor(engine_factory)
        self.session.is_busy = lambda: self.monitor.progress.active
        self.ui = Ui("QualityFinetune")
        self.widget = self.ui.widget
        self.widget.setStyleSheet(STYLE)
        self.widget.setMRMLScene(scene)
        self.stage = Stage(scene, layout_manager=slicer.app.layoutManager())
        self.sheet = ShortcutSheet()
        self.step = "Study"
        self.entered = False
        window = slicer.util.mainWindow() or self.widget
        self._rate_keys, self._review_keys = KeyMode(window), KeyMode(window)
        self.study = StudyPanel(
            self.session,
            settings=settings or qt.QSettings(),
            choose_folder=choose_folder,
            choose_file=choose_file,
            go_to=self.go_to,
        )
        self.rate = RatePanel(self.session, stage=self.stage, keys=self._rate_keys, go_to=self.go_to)
        self.review = ReviewPanel(self.session, stage=self.stage, keys=self._review_keys, go_to=self.go_to)
        self.finetune = FinetunePanel(
            self.session, monitor=self.monitor, choose_file=choose_file, find_devices=find_devices, go_to=self.go_to
        )
        self.results = ResultsPanel(
            self.session,
            monitor=self.monitor,
            stage=self.stage,
            choose_folder=choose_folder,
            choose_file=choose_file,
            open_file=open_file,
            show_task_in_review=self.review.show_task,
            go_to=self.go_to,
        )
        self.by_step: dict[str, StudyPanel | RatePanel | ReviewPanel | FinetunePanel | ResultsPanel] = {
            "Study": self.study,
            "Rate": self.rate,
            "Review": self.review,
            "Finetune": self.finetune,
            "Results": self.results,
        }
        for step in STEPS:
            self.ui.panelStack.addWidget(self.by_step[step].widget)
            self._button(step).connect("clicked()", lambda step=step: self.go_to(step))
        self.ui.shortcutsButton.connect("clicked()", self.show_shortcuts)
        self._timer = qt.QTimer()
        self._timer.setInterval(ENGINE_POLL_MS)
        self._timer.connect("timeout()", self._poll)
        self.session.study_changed.connect(self._study_changed)
        self.session.reader_changed.connect(self.refresh)
        self.session.records_changed.connect(self.refresh)
        self.session.failed.connect(self.tell)
        self.monitor.changed.connect(self._engine_changed)
        self._show_step()
        self.refresh()

    # ------------------------------------------------------------------ what the user does

    def go_to(self, step: str) -> None:
        """Show a step; the one shown before puts its tools down."""
        if step != self.step:
            if self.entered:
                self.by_step[self.step].exit()
            self.step = step
            if self.entered:
                self._enter_step()
        self._show_step()

    def show_shortcuts(self) -> None:
        """Show every key, those of the present step first."""
        keys = [(binding.key, binding.text, _("Rate")) for binding in self.rate.bindings()]
        keys += [(binding.key, binding.text, _("Review")) for binding in self.review.bindings()]
        self.sheet.show(keys, parent=self.widget)

    def tell(self, error: UserError) -> None:
        """Show a failure in the step that is shown."""
        self.by_step[self.step].message.problem(error)

    # ------------------------------------------------------------------ shown, hidden, closed

    def enter(self) -> None:
        """The module is shown."""
        if not self.entered:
            self.entered = True
            self.stage.enter()
            self._enter_step()
        self._show_step()

    def exit(self) -> None:
        """Another module is shown; a run goes on and is followed."""
        if self.entered:
            self.entered = False
            self.by_step[self.step].exit()
            self.stage.exit()

    def cleanup(self) -> None:
        """The module is closed: stop the engine and every thread, close the study."""
        self.exit()
        self._timer.stop()
        self.monitor.close()
        if self.standby is not None:
            self.standby.close()
        self.sheet.ui.widget.close()
        for panel in self.by_step.values():
            panel.cleanup()
        self.stage.clear()
        self.session.close()

    def scene_closing(self) -> None:
        """The nodes are about to go: put the editing tools down while they are there."""
        self.review.editor.close()

    def scene_closed(self) -> None:
        """The nodes are gone; everything that was saved is in the study."""
        self.stage.forget()
        self.review.scene_closed()
        if self.entered:
            self.stage.enter()
            self._enter_step()

    def refresh(self) -> None:
        """Bring header and step bar up to date."""
        study, reader = self.session.study, self.session.reader
        self.ui.studyNameLabel.setText(study.name if study is not None else _("No study is open"))
        self.ui.readerNameLabel.setText(_("Reader: {name}").format(name=reader.name) if reader is not None else "")
        for step, text in step_texts(self.session, self.monitor.progress).items():
            button = self._button(step)
            button.setText(text)
            button.setAccessibleName(text.replace("\n", ", "))
            button.setEnabled(step == "Study" or study is not None)

    # ------------------------------------------------------------------ inside

    def _button(self, step: str) -> Any:
        return getattr(self.ui, f"step{step}Button")

    def _enter_step(self) -> None:
        try:
            self.by_step[self.step].enter()
        except UserError as error:
            self.tell(error)
        study = self.session.study
        if self.standby is not None and study is not None and self.step in MAY_RUN and not self.session.is_busy():
            self.standby.prepare(study.settings.engine_python)

    def _show_step(self) -> None:
        self._button(self.step).setChecked(True)
        self.ui.panelStack.setCurrentIndex(STEPS.index(self.step))

    def _study_changed(self) -> None:
        study = self.session.study
        if study is None:
            self.stage.clear()
            if self.standby is not None:
                self.standby.close()
            self.go_to("Study")
        else:
            for run in interrupted(study):
                catch_up(study, run)
        self.refresh()

    def _engine_changed(self) -> None:
        if self.monitor.progress.active:
            self._timer.start()
        self.refresh()

    def _poll(self) -> None:
        try:
            self.monitor.poll()
        except UserError as error:
            self.tell(error)
        if not self.monitor.progress.active:
            self._timer.stop()
