"""The fourth step: choose what to train on and how; start, watch, cancel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...common.errors import UserError
from ...engine.client.devices import probe
from ..engine_packages import install_engine
from ..i18n import tr as _
from ..message_card import MessageCard
from ..run_monitor import RunMonitor, RunProgress
from ..run_progress_view import RunProgressView
from ..session import Session
from ..ui_files import Ui
from .computer_part import ComputerPart, FindDevices
from .how_part import HowPart
from .mix_part import MixPart
from .presenter import FinetunePresenter
from .start_part import StartPart

__all__ = ["FindDevices", "FinetunePanel"]


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
        self._go_to = go_to
        self.start_from = StartPart(
            self.ui,
            session,
            self.presenter,
            choose_file=choose_file,
            changed=self._start_changed,
            weights_changed=self._show_start,
        )
        self.computer = ComputerPart(
            self.ui,
            session,
            self.message,
            choose_file=choose_file,
            find_devices=find_devices,
            do_install=do_install,
            is_shown=lambda: self.entered,
        )
        self.mix = MixPart(self.ui, self.presenter, self._choices_changed)
        self.how = HowPart(self.ui, self.presenter, changed=self._choices_changed, mode_changed=self._start_changed)
        self.ui.startButton.connect("clicked()", self.start)
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

    # ------------------------------------------------------------------ shown, hidden, closed

    def enter(self) -> None:
        """The panel is shown."""
        self.entered = True
        self.computer.look()
        if self.presenter.pool is None:
            self.presenter.refresh()
            self.presenter.propose()
        self.refresh()

    def exit(self) -> None:
        """The panel is hidden; a run goes on."""
        self.entered = False
        self._just_done = False

    def cleanup(self) -> None:
        """The module is closed."""
        self.exit()
        self.computer.cleanup()

    def refresh(self) -> None:
        """Show the choices within what the study holds now."""
        if not self.entered:
            return
        presenter, ui = self.presenter, self.ui
        with self.session.telling_failures():
            presenter.refresh()
        self.start_from.show()
        self.computer.show()
        self.mix.show()
        self.how.show()
        ui.expectedLabel.setText(presenter.expected())
        self._show_start()

    # ------------------------------------------------------------------ inside

    def _study_changed(self) -> None:
        self.message.clear()
        self.presenter.pool = None
        self.presenter.choices.weights = None
        if self.entered:
            self.enter()

    def _start_changed(self) -> None:
        self._just_done = False
        self.refresh()

    def _choices_changed(self) -> None:
        self._just_done = False
        self.ui.expectedLabel.setText(self.presenter.expected())
        self._show_start()

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
