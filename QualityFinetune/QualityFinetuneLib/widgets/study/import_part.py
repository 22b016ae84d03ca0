"""Importing exams from the Study panel: look through the folder, ask which masks count, copy them; in a thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt

from ...cases.found import ScanResult
from ...cases.scan import scan
from ...study.study import Study
from ...workflow.importing import ImportReport, import_found
from ...workflow.mask_choice import mask_choices
from ..background import BackgroundTask, Report
from ..i18n import tr as _
from ..message_card import MessageCard
from ..session import Session
from ..ui_files import Ui
from . import import_messages
from .mask_questions import MaskQuestions

POLL_MS = 50


class ImportPart:
    """Drives the import box, the question about masks and the list of messages.

    Args:
        changed: called when an import begins or ends, so that the panel shows what can be done now.
    """

    def __init__(self, ui: Ui, session: Session, message: MessageCard, changed: Callable[[], None]) -> None:
        self.session = session
        self.task: BackgroundTask[Any] | None = None
        self.questions = MaskQuestions(ui, go_on=self._import, stop=self._stopped, tasks=lambda: self.session.tasks)
        self._ui = ui
        self._message = message
        self._changed = changed
        self._found: ScanResult | None = None
        self._counting = ""
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_MS)
        self._timer.connect("timeout()", self._poll)
        ui.importCancelButton.connect("clicked()", self.cancel)

    @property
    def busy(self) -> bool:
        """True from the start of an import until its end, the question about masks included."""
        return self.task is not None or self._found is not None

    def start(self, folder: Path) -> None:
        """Look through `folder` in a thread, then import what is there."""
        if self.busy:
            return

        def work(report: Report) -> ScanResult:
            return scan(folder, progress=report)

        self._message.clear()
        self._begin(
            work,
            _("Looking for exams in {folder} …").format(folder=folder.name),
            _("Looking through file {done} of {total}"),
        )

    def cancel(self) -> None:
        """Stop after the exam in work."""
        if self.task is not None:
            self.task.cancel()
            self._ui.importTitleLabel.setText(_("Stopping after the current exam …"))
            self._ui.importCancelButton.setEnabled(False)

    def hide(self) -> None:
        """Another study is open: nothing to tell about it."""
        self._ui.importMessages.setVisible(False)
        self._ui.importBox.setVisible(False)
        self.questions.hide()
        self._found = None

    def cleanup(self) -> None:
        """Stop an import that is going on."""
        self._timer.stop()
        if self.task is not None:
            self.task.close()
            self.task = None

    # ------------------------------------------------------------------ inside

    def _begin(self, work: Callable[[Report], Any], title: str, counting: str) -> None:
        ui, self._counting = self._ui, counting
        self.task = BackgroundTask(work, name="import")
        ui.importBox.setVisible(True)
        ui.importMessages.setVisible(False)
        ui.importTitleLabel.setText(title)
        ui.importCancelButton.setEnabled(True)
        ui.importProgressBar.setRange(0, 0)
        ui.importButton.setEnabled(False)
        self._changed()
        self.task.start()
        self._timer.start()

    def _import(self, prefer: list[str]) -> None:
        found, self._found = self._found, None
        if found is None:
            return
        study_folder = self.session.needed().folder

        def work(report: Report) -> ImportReport:
            with Study.open(study_folder) as study:
                return import_found(study, found, prefer=prefer, progress=report)

        self._begin(
            work,
            _("Importing {count} exams …").format(count=len(found.cases)),
            _("Importing exam {done} of {total}"),
        )

    def _poll(self) -> None:
        task, ui = self.task, self._ui
        if task is None:
            return
        ended = task.poll()
        if task.total:
            ui.importProgressBar.setRange(0, task.total)
            ui.importProgressBar.setValue(task.done)
            if ui.importCancelButton.isEnabled():
                ui.importTitleLabel.setText(self._counting.format(done=task.done, total=task.total))
        if ended:
            self._ended(task)

    def _ended(self, task: BackgroundTask[Any]) -> None:
        self._timer.stop()
        self.task = None
        self._ui.importBox.setVisible(False)
        if task.error is not None:
            self._message.problem(task.error)
        elif task.cancelled:
            self._stopped()
        elif isinstance(task.result, ScanResult):
            self._found = task.result
            if not self.questions.ask(mask_choices(task.result.cases)):
                self._import([])
            self._changed()
            return
        elif task.result is not None:
            self._show_report(task.result)
        self._rest()

    def _stopped(self) -> None:
        self._found = None
        self._message.info(import_messages.title(0, [], cancelled=True))
        self._rest()

    def _rest(self) -> None:
        self._ui.importButton.setEnabled(True)
        self._changed()
        self.session.refresh()

    def _show_report(self, report: ImportReport) -> None:
        told = import_messages.as_html(report.messages)
        self._ui.importMessages.setVisible(bool(told))
        self._ui.importMessages.setHtml(told)
        title = import_messages.title(len(report.added), report.messages)
        if told:
            self._message.warn(title, next=_("The list below says for each file what happened and what to do."))
        else:
            self._message.done(title)
