"""The first step: open or create a study, import exams, say what high quality means, split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..i18n import tr as _
from ..message_card import MessageCard
from ..session import Session
from ..tables import fill_table
from ..ui_files import Ui, fill_choices, set_quietly
from .case_rows import CaseRow, case_rows, summary
from .import_part import ImportPart
from .own_part import OwnPart
from .readings_part import ReadingsPart
from .recent import Settings, last_reader, recent_studies, remember_reader, remember_study
from .rule_part import RulePart
from .split_part import SplitPart


class StudyPanel:
    """Drives Study.ui.

    Args:
        session: the study in common.
        settings: Slicer's application settings.
        choose_folder: asks for a folder, `choose_file` for a file; None when the user thought better of it.
        go_to: shows another step.
    """

    def __init__(
        self,
        session: Session,
        *,
        settings: Settings,
        choose_folder: Callable[[str], Path | None],
        choose_file: Callable[[str], Path | None],
        go_to: Callable[[str], None],
    ) -> None:
        self.session = session
        self.ui = Ui("Study")
        self.widget = self.ui.widget
        self.message = MessageCard(self.ui.studyMessageFrame)
        self.imports = ImportPart(self.ui, session, self.message, self._show_next_step)
        self.rule = RulePart(self.ui, session)
        self.readings = ReadingsPart(self.ui, session, self.message, choose_file)
        self.splits = SplitPart(self.ui, session)
        self.own = OwnPart(self.ui, session, self.message, choose_file)
        self._settings = settings
        self._choose_folder = choose_folder
        self._go_to = go_to
        self._rows: list[CaseRow] = []
        self._recent: list[Path] = []
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
        """Import `folder` beside the panel."""
        self.session.needed()
        self.imports.start(folder)

    # ------------------------------------------------------------------ what is shown

    def refresh(self) -> None:
        """Show the study as it is now."""
        study = self.session.study
        if study is None:
            return
        self._rows = case_rows(self.session, [task for task in self.session.tasks if task.segments])
        selected = next((i for i, row in enumerate(self._rows) if row.case_id == self.session.case_id), None)
        fill_table(self.ui.caseTable, [row.texts for row in self._rows], selected=selected)
        self.ui.casesSummaryLabel.setText(summary(self._rows))
        self.rule.show(study)
        self.readings.show(study)
        self.splits.show(study)
        self.own.show(study)
        self._show_next_step()

    def enter(self) -> None:
        """Nothing to switch on."""

    def exit(self) -> None:
        """Nothing to switch off; an import goes on."""

    def cleanup(self) -> None:
        """Stop an import that is going on."""
        self.imports.cleanup()

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
        ui.caseTable.connect("itemSelectionChanged()", self._case_selected)
        ui.caseTable.connect("cellDoubleClicked(int,int)", self._case_opened)
        ui.studyNextButton.connect("clicked()", self._next)

    def _study_changed(self) -> None:
        study = self.session.study
        self.ui.studyStack.setCurrentIndex(0 if study is None else 1)
        self.ui.studyNextButton.setVisible(study is not None)
        self.message.clear()
        self.imports.hide()
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

    def _show_next_step(self) -> None:
        button = self.ui.studyNextButton
        unrated = [row for row in self._rows if not row.rated]
        button.setEnabled(not self.imports.busy)
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
