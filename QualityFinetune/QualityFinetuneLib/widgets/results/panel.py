"""The fifth step: numbers by quality, predictions on other cases, the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import qt

from ...common.errors import UserError
from ...study.export import export_masks
from ...study.study import Study
from ...workflow.prepared import PreparedRun
from ..background import BackgroundTask, Report
from ..i18n import tr as _
from ..message_card import MessageCard
from ..run_monitor import RunMonitor, RunProgress
from ..run_progress_view import RunProgressView
from ..session import Session
from ..stage import Stage
from ..tables import check_rows, checked_rows, fill_table
from ..ui_files import Ui, fill_choices
from .presenter import ResultsPresenter
from .report import picture_steps, report_writer

POLL_MS = 50
KINDS = ("predict", "evaluate")


class ResultsPanel:
    """Drives Results.ui.

    Args:
        session: the study in common.
        monitor: runs the engine; shared with the Finetune panel.
        stage: renders the pictures of the report.
        choose_folder: asks for a folder; None when the user thought better of it.
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
        self.task: BackgroundTask[Any] | None = None
        self.entered = False
        self._monitor = monitor
        self._stage = stage
        self._choose_folder = choose_folder
        self._open_file = open_file
        self._go_to = go_to
        self._show_task_in_review = show_task_in_review
        self._task_names: list[str] = []
        self._asked_task = False
        self._steps: Iterator[None] | None = None
        self._then: Callable[[], None] = self._nothing
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_MS)
        self._timer.connect("timeout()", self._poll)
        self._connect()
        session.study_changed.connect(self._study_changed)
        session.records_changed.connect(self.refresh)
        monitor.changed.connect(self._show_buttons)
        monitor.ended.connect(self._ended)

    # ------------------------------------------------------------------ what the user does

    def predict(self) -> None:
        """Predict the checked cases."""
        self._start(lambda: self.presenter.prepare_predict(checked_rows(self.ui.predictTable)))

    def evaluate(self) -> None:
        """Hold the chosen prediction against the readers."""
        self._start(self.presenter.prepare_evaluate)

    def resume(self) -> None:
        """Go on with the chosen run."""
        self._start(self.presenter.prepare_resume)

    def write_report(self) -> None:
        """Render the pictures one by one, write the report beside the panel, open it."""
        if self.task is not None or self._steps is not None:
            return
        try:
            self.session.refuse_if_unsaved()
        except UserError as error:
            self.message.problem(error)
            return
        study = self.session.needed()
        path = study.paths.exports / "report.html"
        pictures: dict[int, list[Path]] = {}
        shown = self.session.case_id

        def write() -> None:
            if shown is not None:
                self.session.case_changed.emit(shown)
            self._begin(report_writer(study.folder, path, pictures), done=lambda: self._report_written(path))

        self.message.info(_("Rendering the pictures of the report …"))
        self._steps = picture_steps(
            self._stage, study, self.presenter.tasks, study.paths.exports / "pictures", pictures
        )
        self._then = write
        self._show_buttons()
        self._timer.start()

    def export(self) -> None:
        """Copy the reviewed masks to a folder."""
        folder = self._choose_folder(_("Folder for the masks"))
        if folder is None or self.task is not None:
            return
        study_folder = self.session.needed().folder

        def work(_report: Report) -> int:
            with Study.open(study_folder) as study:
                return len(export_masks(study, folder, drafts=False))

        self.message.info(_("Copying the masks …"))
        self._begin(work, done=lambda: self._exported(folder))

    # ------------------------------------------------------------------ shown, hidden, closed

    def enter(self) -> None:
        """The panel is shown."""
        self.entered = True
        if not self._asked_task and self.session.study is not None:
            self.presenter.choose_task(self.presenter.task_of_interest())
        self.refresh()
        check_rows(self.ui.predictTable, self.presenter.untrained())
        self._show_buttons()

    def exit(self) -> None:
        """The panel is hidden; a run or a report goes on."""
        self.entered = False

    def cleanup(self) -> None:
        """The module is closed."""
        self.exit()
        self._timer.stop()
        self._steps = None
        if self.task is not None:
            self.task.close()
            self.task = None

    def refresh(self) -> None:
        """Show runs, numbers and what can be predicted, as they are now."""
        if not self.entered:
            return
        presenter, ui = self.presenter, self.ui
        checked = checked_rows(ui.predictTable)
        presenter.refresh()
        index = next((i for i, run in enumerate(presenter.runs) if run.id == presenter.run_id), None)
        fill_table(ui.runsTable, presenter.run_rows(), selected=index)
        ui.runsTable.setVisible(bool(presenter.runs))
        ui.metricsHeadingLabel.setVisible(bool(presenter.runs))
        ui.evaluateButton.setVisible(bool(presenter.runs))
        self._show_run()
        self._task_names = fill_choices(
            ui.predictTaskCombo,
            [(task.title, task.name) for task in presenter.tasks],
            current=presenter.task.name,
        )
        fill_choices(
            ui.predictModelCombo,
            [(one.text, number) for number, one in enumerate(presenter.predictors)],
            current=presenter.predictor,
        )
        rows = presenter.predict_rows()
        fill_table(ui.predictTable, rows, checked=[number in checked for number in range(len(rows))])
        self._show_buttons()

    # ------------------------------------------------------------------ inside

    def _connect(self) -> None:
        ui = self.ui
        ui.runsTable.connect("itemSelectionChanged()", self._run_selected)
        ui.predictTaskCombo.connect("currentIndexChanged(int)", self._task_chosen)
        ui.predictModelCombo.connect("currentIndexChanged(int)", self._model_chosen)
        ui.predictTable.connect("itemChanged(QTableWidgetItem*)", lambda _item: self._show_buttons())
        ui.selectUntrainedButton.connect("clicked()", self._select_untrained)
        ui.selectNoneButton.connect("clicked()", self._select_none)
        ui.predictButton.connect("clicked()", self.predict)
        ui.evaluateButton.connect("clicked()", self.evaluate)
        ui.resumeButton.connect("clicked()", self.resume)
        ui.reportButton.connect("clicked()", self.write_report)
        ui.exportButton.connect("clicked()", self.export)
        ui.resultsNextButton.connect("clicked()", self._next)

    def _nothing(self) -> None:
        """Nothing follows."""

    def _start(self, prepare: Callable[[], PreparedRun]) -> None:
        self.message.clear()
        try:
            self._monitor.start(self.session.needed(), prepare())
        except UserError as error:
            self.message.problem(error)
        self.session.refresh()

    def _begin(self, work: Callable[[Report], Any], *, done: Callable[[], None]) -> None:
        self.task = BackgroundTask(work, name="results")
        self._then = done
        self._show_buttons()
        self.task.start()
        self._timer.start()

    def _poll(self) -> None:
        if self._steps is not None:
            try:
                next(self._steps)
                return
            except StopIteration:
                self._steps = None
            except UserError as error:
                self._steps = None
                self._timer.stop()
                self.message.problem(error)
                self._show_buttons()
                return
            self._then()
            return
        if self.task is None or not self.task.poll():
            return
        self._timer.stop()
        task, self.task = self.task, None
        if task.error is not None:
            self.message.problem(task.error)
        elif not task.cancelled:
            self._then()
        self._show_buttons()

    def _report_written(self, path: Path) -> None:
        self.message.done(_("The report is written."), str(path))
        self._open_file(path)

    def _exported(self, folder: Path) -> None:
        self.message.done(_("The reviewed masks are copied."), str(folder))

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

    def _task_chosen(self, index: int) -> None:
        self._asked_task = True
        self.presenter.choose_task(self._task_names[index])
        self.refresh()
        self._select_untrained()

    def _model_chosen(self, index: int) -> None:
        self.presenter.predictor = index
        self._select_untrained()

    def _select_untrained(self) -> None:
        check_rows(self.ui.predictTable, self.presenter.untrained())
        self._show_buttons()

    def _select_none(self) -> None:
        check_rows(self.ui.predictTable, [])
        self._show_buttons()

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
        working = self.task is not None or self._steps is not None
        count = len(checked_rows(self.ui.predictTable))
        there = self.session.study is not None
        self.ui.predictButton.setEnabled(there and not busy and count > 0 and bool(self.presenter.predictors))
        self.ui.predictButton.setText(
            _("Predict 1 case") if count == 1 else _("Predict {count} cases").format(count=count)
        )
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
