"""Share: the report with its pictures, and copies of the reviewed masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import qt

from ...common.errors import UserError
from ...study.export import export_masks
from ...study.study import Study
from ..background import BackgroundTask, Report
from ..i18n import tr as _
from ..message_card import MessageCard
from ..session import Session
from ..stage import Stage
from ..ui_files import Ui
from .presenter import ResultsPresenter
from .report import picture_steps, report_writer

POLL_MS = 50


class SharePart:
    """Drives the section Share of Results.ui.

    Args:
        stage: renders the pictures of the report.
        choose_folder: asks for a folder; None when the user thought better of it.
        open_file: shows a file in the system's own program.
        changed: called when work begins or ends.
    """

    def __init__(
        self,
        ui: Ui,
        session: Session,
        presenter: ResultsPresenter,
        message: MessageCard,
        *,
        stage: Stage,
        choose_folder: Callable[[str], Path | None],
        open_file: Callable[[Path], None],
        changed: Callable[[], None],
    ) -> None:
        self.session = session
        self.task: BackgroundTask[Any] | None = None
        self._presenter = presenter
        self._message = message
        self._stage = stage
        self._choose_folder = choose_folder
        self._open_file = open_file
        self._changed = changed
        self._steps: Iterator[None] | None = None
        self._then: Callable[[], None] = lambda: None
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_MS)
        self._timer.connect("timeout()", self._poll)
        ui.reportButton.connect("clicked()", self.write_report)
        ui.exportButton.connect("clicked()", self.export)

    @property
    def busy(self) -> bool:
        """True while pictures are rendered or files are written."""
        return self.task is not None or self._steps is not None

    def write_report(self) -> None:
        """Render the pictures one by one, write the report beside the panel, open it."""
        if self.busy:
            return
        try:
            self.session.refuse_if_unsaved()
        except UserError as error:
            self._message.problem(error)
            return
        study = self.session.needed()
        path = study.paths.exports / "report.html"
        pictures: dict[int, list[Path]] = {}
        shown = self.session.case_id

        def write() -> None:
            if shown is not None:
                self.session.case_changed.emit(shown)
            self._begin(report_writer(study.folder, path, pictures), done=lambda: self._report_written(path))

        self._message.info(_("Rendering the pictures of the report …"))
        self._steps = picture_steps(
            self._stage, study, self._presenter.tasks, study.paths.exports / "pictures", pictures
        )
        self._then = write
        self._changed()
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

        self._message.info(_("Copying the masks …"))
        self._begin(work, done=lambda: self._message.done(_("The reviewed masks are copied."), str(folder)))

    def cleanup(self) -> None:
        """The module is closed."""
        self._timer.stop()
        self._steps = None
        if self.task is not None:
            self.task.close()
            self.task = None

    def _begin(self, work: Callable[[Report], Any], *, done: Callable[[], None]) -> None:
        self.task = BackgroundTask(work, name="results")
        self._then = done
        self._changed()
        self.task.start()
        self._timer.start()

    def _poll(self) -> None:
        if self._steps is not None:
            self._render_one(self._steps)
            return
        if self.task is None or not self.task.poll():
            return
        self._timer.stop()
        task, self.task = self.task, None
        if task.error is not None:
            self._message.problem(task.error)
        elif not task.cancelled:
            self._then()
        self._changed()

    def _render_one(self, steps: Iterator[None]) -> None:
        try:
            next(steps)
        except StopIteration:
            self._steps = None
            self._then()
        except UserError as error:
            self._steps = None
            self._timer.stop()
            self._message.problem(error)
            self._changed()

    def _report_written(self, path: Path) -> None:
        self._message.done(_("The report is written."), str(path))
        self._open_file(path)
