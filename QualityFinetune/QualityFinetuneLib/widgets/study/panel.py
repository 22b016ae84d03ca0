"""The first step: open or create a study, import exams, say what high quality means, split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt

from ...cases.tasks import mask_tasks
from ...study.quality import strata
from ...study.study import Study
from ...workflow.importing import ImportReport, import_folder
from ..background import BackgroundTask, Report
from ..i18n import tr as _
from ..message_card import MessageCard
from ..session import Session
from ..tables import fill_table
from ..ui_files import Ui, fill_choices, set_quietly
from . import import_messages, quality_settings
from .case_rows import CaseRow, case_rows, latest_split, summary
from .recent import Settings, last_reader, recent_studies, remember_reader, remember_study

POLL_MS = 50
SPLIT_NAME = "split {number}"


class StudyPanel:
    """Drives Study.ui.

    Args:
        session: the study in common.
        settings: Slicer's application settings.
        choose_folder: asks for a folder; None when the user thought better of it.
        go_to: shows another step.
    """

    def __init__(
        self,
        session: Session,
        *,
        settings: Settings,
        choose_folder: Callable[[str], Path | None],
        go_to: Callable[[str], None],
    ) -> None:
        self.session = session
        self.ui = Ui("Study")
        self.widget = self.ui.widget
        self.message = MessageCard(self.ui.studyMessageFrame)
        self.import_task: BackgroundTask[ImportReport] | None = None
        self._settings = settings
        self._choose_folder = choose_folder
        self._go_to = go_to
        self._tasks = mask_tasks()
        self._rows: list[CaseRow] = []
        self._recent: list[Path] = []
        self._protocols: list[Any] = []
        self._thresholds: list[Any] = []
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_MS)
        self._timer.connect("timeout()", self._poll_import)
        self._connect()
        session.study_changed.connect(self._study_changed)
        session.reader_changed.connect(self._reader_changed)
        session.records_changed.connect(self.refresh)
        self._study_changed()

    # ------------------------------------------------------------------ what the user does

    def open_study(self) -> None:
        """Ask for the folder of a study and open it."""
        folder = self._choose_folder(_("Folder of the study"))
        if folder is not None:
            self._open(folder)

    def create_study(self) -> None:
        """Ask for a folder and make a study in it, named after the folder."""
        folder = self._choose_folder(_("Empty folder for the new study"))
        if folder is not None:
            with self.session.telling_failures():
                self.session.create(folder, name=folder.name)

    def close_study(self) -> None:
        """Close the study and offer the others."""
        with self.session.telling_failures():
            self.session.leave()

    def choose_and_import(self) -> None:
        """Ask for a folder with exams and import it beside the panel."""
        folder = self._choose_folder(_("Folder with the exams"))
        if folder is not None:
            self.start_import(folder)

    def start_import(self, folder: Path) -> None:
        """Import `folder` in a thread that has the study open for itself."""
        if self.import_task is not None:
            return
        study_folder = self.session.needed().folder

        def work(report: Report) -> ImportReport:
            with Study.open(study_folder) as study:
                return import_folder(study, folder, progress=report)

        self.message.clear()
        self.import_task = BackgroundTask(work, name="import")
        self._show_import(_("Looking for exams in {folder} …").format(folder=folder.name))
        self.import_task.start()
        self._timer.start()

    def cancel_import(self) -> None:
        """Stop after the exam in work."""
        if self.import_task is not None:
            self.import_task.cancel()
            self.ui.importTitleLabel.setText(_("Stopping after the current exam …"))
            self.ui.importCancelButton.setEnabled(False)

    def make_split(self) -> None:
        """Draw a split by patient with the shares shown."""
        study = self.session.needed()
        train, validate = self.ui.trainSpin.value / 100, self.ui.validateSpin.value / 100
        number = len(study.splits.all()) + 1
        with self.session.telling_failures():
            study.splits.create(
                SPLIT_NAME.format(number=number),
                seed=number,
                fractions={"train": train, "validate": validate, "test": 1 - train - validate},
                case_ids=[case.id for case in self.session.cases],
                strata=strata(study),
            )
            self.session.refresh()

    # ------------------------------------------------------------------ what is shown

    def refresh(self) -> None:
        """Show the study as it is now."""
        study = self.session.study
        if study is None:
            return
        self._rows = case_rows(self.session, self._tasks)
        selected = next((i for i, row in enumerate(self._rows) if row.case_id == self.session.case_id), None)
        fill_table(self.ui.caseTable, [row.texts for row in self._rows], selected=selected)
        self.ui.casesSummaryLabel.setText(summary(self._rows))
        self._protocols = fill_choices(
            self.ui.protocolCombo, quality_settings.protocols(), current=study.settings.protocol
        )
        self._thresholds = fill_choices(
            self.ui.thresholdCombo,
            quality_settings.thresholds(study.settings),
            current=study.settings.quality_rule.threshold,
        )
        self.ui.ruleSentenceLabel.setText(quality_settings.rule_sentence(study.settings))
        set_quietly(self.ui.blindedCheck, "setChecked", study.settings.blinded)
        self._show_split(study)
        self._show_next_step()

    def enter(self) -> None:
        """Nothing to switch on."""

    def exit(self) -> None:
        """Nothing to switch off; an import goes on."""

    def cleanup(self) -> None:
        """Stop an import that is going on."""
        self._timer.stop()
        if self.import_task is not None:
            self.import_task.close()
            self.import_task = None

    # ------------------------------------------------------------------ inside

    def _connect(self) -> None:
        ui = self.ui
        ui.openButton.connect("clicked()", self.open_study)
        ui.createButton.connect("clicked()", self.create_study)
        ui.recentList.connect("itemActivated(QListWidgetItem*)", self._recent_activated)
        ui.closeStudyButton.connect("clicked()", self.close_study)
        ui.readerCombo.connect("currentIndexChanged(int)", self._reader_chosen)
        ui.readerCombo.lineEdit().connect("editingFinished()", self._reader_chosen)
        ui.importButton.connect("clicked()", self.choose_and_import)
        ui.importCancelButton.connect("clicked()", self.cancel_import)
        ui.caseTable.connect("itemSelectionChanged()", self._case_selected)
        ui.caseTable.connect("cellDoubleClicked(int,int)", self._case_opened)
        ui.protocolCombo.connect("currentIndexChanged(int)", self._protocol_chosen)
        ui.thresholdCombo.connect("currentIndexChanged(int)", self._threshold_chosen)
        ui.blindedCheck.connect("toggled(bool)", self._blinded_toggled)
        ui.trainSpin.connect("valueChanged(int)", self._show_held_out)
        ui.validateSpin.connect("valueChanged(int)", self._show_held_out)
        ui.splitButton.connect("clicked()", self.make_split)
        ui.studyNextButton.connect("clicked()", self._next)

    def _study_changed(self) -> None:
        study = self.session.study
        self.ui.studyStack.setCurrentIndex(0 if study is None else 1)
        self.message.clear()
        self.ui.importMessages.setVisible(False)
        self.ui.importBox.setVisible(False)
        if study is None:
            self._recent = recent_studies(self._settings)
            self.ui.recentList.clear()
            for folder in self._recent:
                self.ui.recentList.addItem(f"{folder.name}  ({folder.parent})")
            self.ui.recentLabel.setVisible(bool(self._recent))
            self.ui.recentList.setVisible(bool(self._recent))
            return
        remember_study(self._settings, study.folder)
        readers = [reader.name for reader in study.readers.all()]
        name = last_reader(self._settings)
        fill_choices(self.ui.readerCombo, [(reader, reader) for reader in dict.fromkeys([*readers, name]) if reader])
        set_quietly(self.ui.readerCombo, "setEditText", name)
        self.session.read_as(name)
        self.refresh()

    def _open(self, folder: Path) -> None:
        with self.session.telling_failures():
            self.session.open(folder)

    def _recent_activated(self) -> None:
        row = self.ui.recentList.currentRow
        if 0 <= row < len(self._recent):
            self._open(self._recent[row])

    def _reader_chosen(self) -> None:
        name = self.ui.readerCombo.currentText
        if self.session.study is not None:
            self.session.read_as(name)
            remember_reader(self._settings, " ".join(name.split()))

    def _reader_changed(self) -> None:
        reader = self.session.reader
        set_quietly(self.ui.readerCombo, "setEditText", reader.name if reader is not None else "")
        self._show_next_step()

    def _case_selected(self) -> None:
        row = self.ui.caseTable.currentRow()
        if 0 <= row < len(self._rows):
            self.session.show_case(self._rows[row].case_id)

    def _case_opened(self) -> None:
        self._case_selected()
        self._go_to("Rate")

    def _protocol_chosen(self, index: int) -> None:
        study = self.session.needed()
        with self.session.telling_failures():
            self.session.save_settings(study.settings.model_copy(update={"protocol": self._protocols[index]}))

    def _threshold_chosen(self, index: int) -> None:
        study = self.session.needed()
        with self.session.telling_failures():
            self.session.save_settings(quality_settings.with_threshold(study.settings, self._thresholds[index]))

    def _blinded_toggled(self, on: bool) -> None:
        study = self.session.needed()
        with self.session.telling_failures():
            self.session.save_settings(study.settings.model_copy(update={"blinded": on}))

    def _show_held_out(self) -> None:
        held_out = max(0, 100 - self.ui.trainSpin.value - self.ui.validateSpin.value)
        self.ui.validateSpin.setMaximum(100 - self.ui.trainSpin.value)
        self.ui.testValueLabel.setText(str(held_out))

    def _show_split(self, study: Study) -> None:
        split = latest_split(study)
        self.ui.splitButton.setEnabled(len(self.session.cases) > 1)
        if split is None:
            self.ui.splitSentenceLabel.setText(_("Without a split, every case may be trained on."))
            return
        self.ui.splitSentenceLabel.setText(
            _("{train} cases to train on, {validate} to validate on, {test} held out for measuring.").format(
                train=len(split.part("train")), validate=len(split.part("validate")), test=len(split.part("test"))
            )
        )

    def _show_next_step(self) -> None:
        button = self.ui.studyNextButton
        unrated = [row for row in self._rows if not row.rated]
        button.setEnabled(self.import_task is None)
        if not self._rows:
            button.setText(_("Import exams…"))
        elif self.session.reader is None:
            button.setText(_("Enter your name as reader first"))
        elif unrated:
            button.setText(_("Rate the next case"))
        else:
            button.setText(_("Review the outlines"))

    def _next(self) -> None:
        unrated = [row for row in self._rows if not row.rated]
        if not self._rows:
            self.choose_and_import()
        elif self.session.reader is None:
            self.ui.readerCombo.setFocus()
        elif unrated:
            self.session.show_case(unrated[0].case_id)
            self._go_to("Rate")
        else:
            self._go_to("Review")

    def _show_import(self, title: str) -> None:
        self.ui.importBox.setVisible(True)
        self.ui.importMessages.setVisible(False)
        self.ui.importTitleLabel.setText(title)
        self.ui.importCancelButton.setEnabled(True)
        self.ui.importProgressBar.setRange(0, 0)
        self.ui.importButton.setEnabled(False)
        self._show_next_step()

    def _poll_import(self) -> None:
        task = self.import_task
        if task is None:
            return
        ended = task.poll()
        if task.total:
            self.ui.importProgressBar.setRange(0, task.total)
            self.ui.importProgressBar.setValue(task.done)
            if self.ui.importCancelButton.isEnabled():
                # An import first looks through the files, then copies the exams it found.
                told = (
                    _("Looking through file {done} of {total}")
                    if task.phase == 0
                    else _("Importing exam {done} of {total}")
                )
                self.ui.importTitleLabel.setText(told.format(done=task.done, total=task.total))
        if ended:
            self._import_ended(task)

    def _import_ended(self, task: BackgroundTask[ImportReport]) -> None:
        self._timer.stop()
        self.import_task = None
        self.ui.importBox.setVisible(False)
        self.ui.importButton.setEnabled(True)
        if task.error is not None:
            self.message.problem(task.error)
        elif task.cancelled:
            self.message.info(import_messages.title(0, [], cancelled=True))
        elif task.result is not None:
            self._show_report(task.result)
        self.session.refresh()

    def _show_report(self, report: ImportReport) -> None:
        told = import_messages.as_html(report.messages)
        self.ui.importMessages.setVisible(bool(told))
        self.ui.importMessages.setHtml(told)
        title = import_messages.title(len(report.added), report.messages)
        if told:
            self.message.warn(title, next=_("The list below says for each file what happened and what to do."))
        else:
            self.message.done(title)
