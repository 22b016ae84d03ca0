"""The fifth step: numbers by quality, predictions on other cases, the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...common.errors import UserError
from ...workflow.prepared import PreparedRun
from ..i18n import tr as _
from ..message_card import MessageCard
from ..run_monitor import RunMonitor, RunProgress
from ..run_progress_view import RunProgressView
from ..session import Session
from ..stage import Stage
from ..tables import fill_table
from ..ui_files import Ui
from .predict_part import PredictPart
from .presenter import ResultsPresenter
from .share_part import SharePart

KINDS = ("predict", "evaluate")


class ResultsPanel:
    """Drives Results.ui.

    Args:
        session: the study in common.
        monitor: runs the engine; shared with the Finetune panel.
        stage: renders the pictures of the report.
        choose_folder: asks for a folder, `choose_file` for a file; None when the user thought better of it.
        open_file: shows a file in the system's own program.
        go_to: shows another step.
        show_task_in_review: lets the Review panel show a task.
    """

    def __init__(
        self,
        session: Session,
        *,
        monitor: RunMonitor,
        stage: Stage,
        choose_folder: Callable[[str], Path | None],
        choose_file: Callable[[str], Path | None],
        open_file: Callable[[Path], None],
        go_to: Callable[[str], None],
        show_task_in_review: Callable[[str], None],
    ) -> None:
        self.session = session
        self.presenter = ResultsPresenter(session)
        self.ui = Ui("Results")
        self.widget = self.ui.widget
        self.message = MessageCard(self.ui.resultsMessageFrame)
        self.progress = RunProgressView(self.ui.resultsRunFrame, monitor, kinds=KINDS, while_active=("finetune",))
        self.entered = False
        self._monitor = monitor
        self._go_to = go_to
        self._show_task_in_review = show_task_in_review
        self._asked_task = False
        self.predicting = PredictPart(
            self.ui,
            self.presenter,
            choose_file=choose_file,
            task_changed=self._task_chosen,
            changed=self._show_buttons,
        )
        self.sharing = SharePart(
            self.ui,
            session,
            self.presenter,
            self.message,
            stage=stage,
            choose_folder=choose_folder,
            open_file=open_file,
            changed=self._show_buttons,
        )
        self._connect()
        session.study_changed.connect(self._study_changed)
        session.records_changed.connect(self.refresh)
        monitor.changed.connect(self._show_buttons)
        monitor.ended.connect(self._ended)

    # ------------------------------------------------------------------ what the user does

    def predict(self) -> None:
        """Predict the checked cases."""
        self._start(lambda: self.presenter.prepare_predict(self.predicting.chosen))

    def evaluate(self) -> None:
        """Hold the chosen prediction against the readers."""
        self._start(self.presenter.prepare_evaluate)

    def resume(self) -> None:
        """Go on with the chosen run."""
        self._start(self.presenter.prepare_resume)

    # ------------------------------------------------------------------ shown, hidden, closed

    def enter(self) -> None:
        """The panel is shown."""
        self.entered = True
        if not self._asked_task and self.session.study is not None:
            self.presenter.choose_task(self.presenter.task_of_interest())
        self.refresh()
        self.predicting.select_untrained()

    def exit(self) -> None:
        """The panel is hidden; a run or a report goes on."""
        self.entered = False

    def cleanup(self) -> None:
        """The module is closed."""
        self.exit()
        self.sharing.cleanup()

    def refresh(self) -> None:
        """Show runs, numbers and what can be predicted, as they are now."""
        if not self.entered:
            return
        presenter, ui = self.presenter, self.ui
        presenter.refresh()
        index = next((i for i, run in enumerate(presenter.runs) if run.id == presenter.run_id), None)
        fill_table(ui.runsTable, presenter.run_rows(), selected=index)
        ui.runsTable.setVisible(bool(presenter.runs))
        ui.metricsHeadingLabel.setVisible(bool(presenter.runs))
        ui.evaluateButton.setVisible(bool(presenter.runs))
        self._show_run()
        self.predicting.show()
        self._show_buttons()

    # ------------------------------------------------------------------ inside

    def _connect(self) -> None:
        ui = self.ui
        ui.runsTable.connect("itemSelectionChanged()", self._run_selected)
        ui.predictButton.connect("clicked()", self.predict)
        ui.evaluateButton.connect("clicked()", self.evaluate)
        ui.resumeButton.connect("clicked()", self.resume)
        ui.resultsNextButton.connect("clicked()", self._next)

    def _start(self, prepare: Callable[[], PreparedRun]) -> None:
        self.message.clear()
        try:
            self._monitor.start(self.session.needed(), prepare())
        except UserError as error:
            self.message.problem(error)
        self.session.refresh()

    def _study_changed(self) -> None:
        self._asked_task = False
        self.message.clear()
        self.presenter.run_id = None
        if self.entered:
            self.enter()

    def _run_selected(self) -> None:
        row = self.ui.runsTable.currentRow()
        if 0 <= row < len(self.presenter.runs):
            self.presenter.run_id = self.presenter.runs[row].id
            self._show_run()
            self._show_buttons()

    def _task_chosen(self) -> None:
        self._asked_task = True
        self.refresh()

    def _show_run(self) -> None:
        rows = self.presenter.metric_rows()
        fill_table(self.ui.metricsTable, rows)
        self.ui.metricsTable.setVisible(bool(rows))
        self.ui.runDetailLabel.setText(self.presenter.run_words())
        words = self.presenter.metric_words()
        self.ui.metricsEmptyLabel.setText(words)
        self.ui.metricsEmptyLabel.setVisible(bool(words))

    def _show_buttons(self) -> None:
        if not self.entered:
            return
        busy = self._monitor.progress.active
        working = self.sharing.busy
        there = self.session.study is not None
        self.predicting.show_button(possible=there and not busy)
        self.ui.evaluateButton.setEnabled(there and not busy and self.presenter.can_evaluate)
        self.ui.resumeButton.setVisible(not busy and self.presenter.can_resume)
        self.ui.reportButton.setEnabled(there and not working)
        self.ui.exportButton.setEnabled(there and not working)
        draft = self.presenter.first_draft()
        self.ui.resultsNextButton.setEnabled(draft is not None and not busy)
        self.ui.resultsNextButton.setText(
            _("Review the predictions") if draft is not None else _("Nothing to review")
        )

    def _next(self) -> None:
        draft = self.presenter.first_draft()
        if draft is not None:
            self.session.show_case(draft.id)
            self._show_task_in_review(self.presenter.task.name)
            self._go_to("Review")

    def _ended(self, progress: RunProgress) -> None:
        if progress.kind == "finetune" and not self.entered:
            return
        if progress.failure is not None:
            self.message.problem(progress.failure)
        elif progress.state == "cancelled":
            self.message.info(_("The run was cancelled; what was done until then is kept."))
        elif progress.state == "done":
            self._tell_done(progress)
        self.presenter.run_id = progress.run_id
        self.session.refresh()

    def _tell_done(self, progress: RunProgress) -> None:
        told = {
            "predict": (_("The predictions are there as drafts."), _("Review them in the third step.")),
            "evaluate": (_("The numbers are in the table."), ""),
            "finetune": (_("The model is ready."), _("Predict on cases it was not trained on.")),
        }
        title, following = told[progress.kind]
        if progress.warnings:
            self.message.warn(title, progress.warnings[0].what, progress.warnings[0].next)
        else:
            self.message.done(title, next=following)
