"""The fourth step: choose what to train on and how; start, watch, cancel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer

from ...common.errors import ErrorCode, UserError
from ...engine.client.devices import Device, probe
from ..background import BackgroundTask
from ..computer import device_choices, runs_elsewhere
from ..engine_packages import install_engine
from ..i18n import tr as _
from ..message_card import MessageCard
from ..run_monitor import RunMonitor, RunProgress
from ..run_progress_view import RunProgressView
from ..session import Session
from ..sparkline import share_bar
from ..tables import fill_table
from ..ui_files import Ui, fill_choices, set_quietly
from . import card_words, mix
from .presenter import FinetunePresenter

HIGH = "#0b5cad"
LOW = "#d98e04"
BAR_WIDTH, BAR_HEIGHT = 400, 14
LOOK_MS = 200

FindDevices = Callable[..., list[Device]]


class FinetunePanel:
    """Drives Finetune.ui.

    Args:
        session: the study in common.
        monitor: runs the engine; shared with the Results panel, because one engine runs at a time.
        choose_file: asks for a file; None when the user thought better of it.
        go_to: shows another step.
        find_devices: asks the engine's Python what it can compute on; slow, so it runs beside the panel.
        do_install: installs the engine into this application's Python; blocks.
        presenter: replaced in tests.
    """

    def __init__(
        self,
        session: Session,
        *,
        monitor: RunMonitor,
        choose_file: Callable[[str], Path | None],
        go_to: Callable[[str], None],
        find_devices: FindDevices = probe,
        do_install: Callable[[], None] = install_engine,
        presenter: FinetunePresenter | None = None,
    ) -> None:
        self.session = session
        self.presenter = presenter or FinetunePresenter(session)
        self.ui = Ui("Finetune")
        self.widget = self.ui.widget
        self.message = MessageCard(self.ui.finetuneMessageFrame)
        self.progress = RunProgressView(self.ui.finetuneRunFrame, monitor, kinds=("finetune",))
        self.entered = False
        self._just_done = False
        self._monitor = monitor
        self._choose_file = choose_file
        self._go_to = go_to
        self.looking: BackgroundTask[list[Device]] | None = None
        self._find_devices = find_devices
        self._do_install = do_install
        self._devices: list[Device] | None = None
        self._looked_with: Path | None = None
        self._timer = qt.QTimer()
        self._timer.setInterval(LOOK_MS)
        self._timer.connect("timeout()", self._poll_devices)
        self._values: dict[str, list[Any]] = {}
        self.ui.installEngineButton.setVisible(False)
        self._connect()
        session.study_changed.connect(self._study_changed)
        session.records_changed.connect(self.refresh)
        monitor.changed.connect(self._show_start)
        monitor.ended.connect(self._ended)

    # ------------------------------------------------------------------ what the user does

    def start(self) -> None:
        """Record the run and start the engine, or go on to the predictions when one has just ended."""
        if self._just_done:
            self._go_to("Results")
            return
        self.message.clear()
        try:
            prepared = self.presenter.prepare()
            self._monitor.start(self.session.needed(), prepared)
        except UserError as error:
            self.message.problem(error)
        self.session.refresh()

    def install_engine(self) -> None:
        """Install PyTorch and what else the engine needs, then look for processors again."""
        self.message.info(
            _("Installing the engine …"), _("Slicer does not respond until it is done; this takes several minutes.")
        )
        slicer.app.processEvents()
        try:
            self._do_install()
        except UserError as error:
            self.message.problem(error)
            return
        self.message.clear()
        self._devices, self._looked_with = None, None
        self._look_for_devices(again=True)

    # ------------------------------------------------------------------ shown, hidden, closed

    def enter(self) -> None:
        """The panel is shown."""
        self.entered = True
        self._look_for_devices()
        if self.presenter.pool is None:
            self.presenter.refresh()
            self.presenter.propose()
        self.refresh()

    def exit(self) -> None:
        """The panel is hidden; a run goes on."""
        self.entered = False
        self._just_done = False

    def cleanup(self) -> None:
        """The module is closed; a search for processors ends by itself and nobody waits for it."""
        self.exit()
        self._timer.stop()
        self.looking = None

    def refresh(self) -> None:
        """Show the choices within what the study holds now."""
        if not self.entered:
            return
        presenter, ui = self.presenter, self.ui
        with self.session.telling_failures():
            presenter.refresh()
        choices = presenter.choices
        self._fill("task", ui.finetuneTaskCombo, [(task.title, task.name) for task in presenter.tasks], choices.task)
        self._fill(
            "start", ui.modelCombo, [(one.text, index) for index, one in enumerate(presenter.starts)], choices.start
        )
        self._fill("mode", ui.modeCombo, presenter.modes(), choices.mode)
        study = self.session.study
        device = study.settings.device if study is not None else "auto"
        self._fill("device", ui.deviceCombo, device_choices(self._devices), device)
        python = study.settings.engine_python if study is not None else None
        set_quietly(ui.pythonEdit, "setText", str(python) if python is not None else "")
        for spin, value in (
            (ui.epochsSpin, choices.epochs),
            (ui.stepsSpin, choices.steps_per_epoch),
            (ui.seedSpin, choices.seed),
        ):
            set_quietly(spin, "setValue", value)
        set_quietly(ui.everythingCheck, "setChecked", choices.everything)
        self._show_card()
        self._show_mix()
        self._show_start()

    # ------------------------------------------------------------------ inside

    def _connect(self) -> None:
        ui = self.ui
        ui.finetuneTaskCombo.connect("currentIndexChanged(int)", self._task_chosen)
        ui.modelCombo.connect("currentIndexChanged(int)", self._model_chosen)
        ui.modeCombo.connect("currentIndexChanged(int)", self._mode_chosen)
        ui.deviceCombo.connect("currentIndexChanged(int)", self._device_chosen)
        ui.weightsEdit.connect("editingFinished()", self._weights_typed)
        ui.weightsButton.connect("clicked()", self._choose_weights)
        ui.licenceCheck.connect("toggled(bool)", self._licence_toggled)
        ui.pythonEdit.connect("editingFinished()", self._python_typed)
        ui.pythonButton.connect("clicked()", self._choose_python)
        ui.everythingCheck.connect("toggled(bool)", self._choices_changed)
        for spin in (ui.highSpin, ui.lowSpin, ui.epochsSpin, ui.stepsSpin, ui.seedSpin):
            spin.connect("valueChanged(int)", self._choices_changed)
        ui.startButton.connect("clicked()", self.start)
        ui.installEngineButton.connect("clicked()", self.install_engine)

    def _look_for_devices(self, *, again: bool = False) -> None:
        study = self.session.study
        python = study.settings.engine_python if study is not None else None
        if self.looking is not None or (self._devices is not None and python == self._looked_with):
            return
        self._looked_with = python
        self.ui.installEngineButton.setVisible(False)
        self.ui.deviceLabel.setToolTip(_("Looking for processors …"))
        self.looking = BackgroundTask(
            lambda _report: self._find_devices(python=python, refresh=again), name="devices"
        )
        self.looking.start()
        self._timer.start()

    def _poll_devices(self) -> None:
        if self.looking is None or not self.looking.poll():
            return
        self._timer.stop()
        task, self.looking = self.looking, None
        self._devices = task.result if task.error is None else []
        if task.error is not None and self.entered:
            self.message.problem(task.error)
            own = not runs_elsewhere(self._looked_with)
            self.ui.installEngineButton.setVisible(own and task.error.code is ErrorCode.MISSING_PACKAGE)
        self.refresh()

    def _fill(self, name: str, combo: Any, choices: list[tuple[str, Any]], current: Any) -> None:
        self._values[name] = fill_choices(combo, choices, current=current)

    def _study_changed(self) -> None:
        self.message.clear()
        self.presenter.pool = None
        self.presenter.choices.weights = None
        if self.entered:
            self.enter()

    def _task_chosen(self, index: int) -> None:
        self._just_done = False
        self.presenter.choose_task(self._values["task"][index])
        self.refresh()

    def _model_chosen(self, index: int) -> None:
        self._just_done = False
        self.presenter.choices.start = index
        self.presenter.choices.licence_accepted = False
        self.refresh()

    def _mode_chosen(self, index: int) -> None:
        self._just_done = False
        self.presenter.choose_mode(self._values["mode"][index])
        self.refresh()

    def _device_chosen(self, index: int) -> None:
        study = self.session.needed()
        with self.session.telling_failures():
            device = self._values["device"][index]
            self.session.save_settings(study.settings.model_copy(update={"device": device}))

    def _weights_typed(self) -> None:
        text = self.ui.weightsEdit.text.strip()
        self.presenter.choices.weights = Path(text) if text else None
        self._show_start()

    def _choose_weights(self) -> None:
        path = self._choose_file(_("Weights file"))
        if path is not None:
            self.ui.weightsEdit.setText(str(path))
            self._weights_typed()

    def _licence_toggled(self, on: bool) -> None:
        self.presenter.choices.licence_accepted = on
        self._show_start()

    def _python_typed(self) -> None:
        study = self.session.study
        if study is None:
            return
        text = self.ui.pythonEdit.text.strip()
        python = Path(text) if text else None
        if python != study.settings.engine_python:
            with self.session.telling_failures():
                self.session.save_settings(study.settings.model_copy(update={"engine_python": python}))
            self.message.clear()
            self._look_for_devices()

    def _choose_python(self) -> None:
        path = self._choose_file(_("Python that runs the engine"))
        if path is not None:
            self.ui.pythonEdit.setText(str(path))
            self._python_typed()

    def _choices_changed(self) -> None:
        self._just_done = False
        ui, choices = self.ui, self.presenter.choices
        choices.high, choices.low = ui.highSpin.value, ui.lowSpin.value
        choices.epochs, choices.steps_per_epoch = ui.epochsSpin.value, ui.stepsSpin.value
        choices.seed = ui.seedSpin.value
        choices.everything = ui.everythingCheck.isChecked()
        self._show_mix()
        self._show_start()

    def _show_card(self) -> None:
        start = self.presenter.start
        self.ui.modelCardFrame.setVisible(start is not None)
        if start is None:
            return
        if start.model is not None:
            study = self.session.needed()
            run = study.runs.get(start.model.run_id) if start.model.run_id is not None else None
            html = card_words.own_model_html(start.model, run.title if run is not None else "")
        else:
            html = card_words.card_html(start.card)
        self.ui.modelCardLabel.setText(html)
        asks = start.model is None and card_words.needs_file(start.card) and self.presenter.choices.mode != "scratch"
        for widget in (self.ui.weightsLabel, self.ui.weightsEdit, self.ui.weightsButton, self.ui.licenceCheck):
            widget.setVisible(asks)
        self.ui.weightsEdit.setToolTip(start.card.weights.how_to_get)
        set_quietly(self.ui.licenceCheck, "setChecked", self.presenter.choices.licence_accepted)

    def _show_mix(self) -> None:
        pool, choices, ui = self.presenter.pool, self.presenter.choices, self.ui
        if pool is None:
            fill_table(ui.mixTable, [])
            return
        for spin, label, stratum, value in (
            (ui.highSpin, ui.highOfLabel, "high", choices.high),
            (ui.lowSpin, ui.lowOfLabel, "low", choices.low),
        ):
            there = pool.trainable(stratum)
            set_quietly(spin, "setMaximum", there)
            set_quietly(spin, "setValue", value)
            spin.setEnabled(not choices.everything and there > 0)
            label.setText(_("of {count} that can be trained on").format(count=there))
        sentence = mix.mix_sentence(choices.high, choices.low, pool, everything=choices.everything)
        ui.mixSentenceLabel.setText("\n".join([sentence, *self.presenter.notes()]))
        high, low = self._chosen_by_quality()
        ui.mixBarLabel.setVisible(high + low > 0)
        ui.mixBarLabel.setPixmap(
            share_bar(
                [(high, qt.QColor(HIGH)), (low, qt.QColor(LOW))],
                width=BAR_WIDTH,
                height=BAR_HEIGHT,
            )
        )
        fill_table(ui.mixTable, mix.rows(pool))
        ui.expectedLabel.setText(self.presenter.expected())

    def _chosen_by_quality(self) -> tuple[int, int]:
        pool, choices = self.presenter.pool, self.presenter.choices
        if pool is not None and choices.everything:
            return pool.trainable("high"), pool.trainable("low")
        return choices.high, choices.low

    def _show_start(self) -> None:
        if not self.entered:
            return
        busy = self._monitor.progress.active
        problem = self.presenter.problem()
        self.ui.startButton.setEnabled(not busy and (not problem or self._just_done))
        if busy:
            self.ui.startButton.setText(_("Running …"))
        elif self._just_done:
            self.ui.startButton.setText(_("See the results and predict"))
        else:
            self.ui.startButton.setText(_("Start finetuning"))
        self.ui.finetuneReasonLabel.setText("" if busy or self._just_done else problem)
        self.ui.finetuneReasonLabel.setVisible(bool(self.ui.finetuneReasonLabel.text))

    def _ended(self, progress: RunProgress) -> None:
        if progress.kind != "finetune":
            return
        self._just_done = progress.state == "done" and self.entered
        if progress.failure is not None:
            self.message.problem(progress.failure)
        elif progress.state == "cancelled":
            self.message.info(
                _("The run was cancelled."),
                _("The best epoch until then is kept."),
                _("It can be resumed in Results."),
            )
        elif progress.warnings:
            first = progress.warnings[0]
            self.message.warn(first.what, first.why, first.next)
        self.session.refresh()
        self._show_start()
