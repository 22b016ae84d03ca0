"""What all panels share: the open study, who is reading, and the case in view. No Qt, no scene."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from ..cases.tasks import Task
from ..common.errors import ErrorCode, UserError
from ..models.cards import ModelCard
from ..study.records import Case, Reader
from ..study.settings import StudySettings
from ..study.study import Study
from ..workflow.cards import cards_of
from ..workflow.tasks import tasks_of
from .i18n import tr as _
from .signal import Signal


class Session:
    """The state that the panels have in common, and the signals by which they hear of changes.

    Attributes:
        study_changed: another study was opened, or none is open now.
        reader_changed: somebody else is reading.
        case_changed: another case is in view; called with its id or None.
        records_changed: something was added to the study (cases, readings, annotations, runs), or a setting changed.
        predictors_changed: the study keeps other quality predictors than before.
        failed: a step failed; called with the UserError.
        is_busy: tells whether a run of the study is going on; set by whoever runs it.
    """

    def __init__(self) -> None:
        self.study: Study | None = None
        self.reader: Reader | None = None
        self.case_id: int | None = None
        self.study_changed = Signal()
        self.reader_changed = Signal()
        self.case_changed = Signal()
        self.records_changed = Signal()
        self.predictors_changed = Signal()
        self.failed = Signal()
        self.is_busy: Callable[[], bool] = lambda: False
        self._unsaved_in = ""
        self._cases: list[Case] = []

    @property
    def cases(self) -> list[Case]:
        """The cases of the study in the order they were imported."""
        return self._cases

    @property
    def case(self) -> Case | None:
        """The case in view."""
        return next((case for case in self._cases if case.id == self.case_id), None)

    @property
    def tasks(self) -> list[Task]:
        """Every task that can be chosen: the packaged ones, then the site's own."""
        return list(tasks_of(self.study).each.values())

    def task_named(self, name: str) -> Task:
        """The task of that name; the first one where it is gone, as with the study it belonged to."""
        tasks = self.tasks
        return next((task for task in tasks if task.name == name), tasks[0])

    @property
    def cards(self) -> list[ModelCard]:
        """Every model card that can be chosen: the packaged ones, then the site's own."""
        return list(cards_of(self.study).each.values())

    def open(self, folder: Path) -> None:
        """Open the study in `folder`; the one open before is closed only if that works."""
        self._refuse_if_held()
        self._take(Study.open(folder))

    def create(self, folder: Path, *, name: str) -> None:
        """Make a study in `folder` and open it."""
        self._refuse_if_held()
        self._take(Study.create(folder, name=name))

    def leave(self) -> None:
        """Close the study as the user asks for it: not while something is unsaved.

        Raises:
            UserError: CONFLICT naming where it can be saved.
        """
        self._refuse_if_held()
        self.close()

    def close(self) -> None:
        """Close the study, whatever is unsaved; everything in it is saved already."""
        self._unsaved_in = ""
        study, self.study = self.study, None
        self.reader, self.case_id, self._cases = None, None, []
        if study is not None:
            study.close()
            self.study_changed.emit()

    def needed(self) -> Study:
        """The open study.

        Raises:
            UserError: NO_STUDY when none is open.
        """
        if self.study is None:
            raise UserError(
                ErrorCode.NO_STUDY,
                what=_("No study is open."),
                why=_("This step works on the cases of a study."),
                next=_("Open or create a study in the first step."),
            )
        return self.study

    def read_as(self, name: str) -> None:
        """Take the reader of that name, new or known; an empty name means nobody."""
        name = " ".join(name.split())
        reader = self.needed().readers.ensure(name) if name else None
        if reader != self.reader:
            self.reader = reader
            self.reader_changed.emit()

    def hold_case(self, unsaved_in: str) -> None:
        """Keep the case in view while something of it is not saved; an empty text lets it go again.

        Args:
            unsaved_in: title of the step where it can be saved or discarded.
        """
        self._unsaved_in = unsaved_in

    def refuse_if_unsaved(self) -> None:
        """Refuse a step that would take the case out of view while something drawn on it is not saved.

        Raises:
            UserError: CONFLICT naming where it can be saved.
        """
        if self._unsaved_in:
            raise self._held()

    def show_case(self, case_id: int | None) -> None:
        """Bring a case into view; while another one is held, tell why not."""
        if case_id == self.case_id:
            return
        if self._unsaved_in:
            self.failed.emit(self._held())
            self.case_changed.emit(self.case_id)
            return
        self.case_id = case_id
        self.case_changed.emit(case_id)

    def step_case(self, by: int) -> None:
        """The case `by` places further; stays at the first and the last."""
        if not self._cases:
            return
        ids = [case.id for case in self._cases]
        index = ids.index(self.case_id) + by if self.case_id in ids else 0
        self.show_case(ids[min(max(index, 0), len(ids) - 1)])

    def label(self, case: Case) -> str:
        """How a case is called on screen: a number while the study is blinded, else its name."""
        return self.needed().display_name(case)

    def save_settings(self, settings: StudySettings) -> None:
        """Keep changed settings in the study."""
        self.needed().save_settings(settings)
        self.records_changed.emit()

    def refresh(self) -> None:
        """Read the cases anew and tell everybody that records changed."""
        self._cases = self.study.cases.all() if self.study is not None else []
        if self.case_id not in [case.id for case in self._cases]:
            self.case_id = None
        self.records_changed.emit()

    @contextlib.contextmanager
    def telling_failures(self) -> Iterator[None]:
        """Turn a UserError of a step into the `failed` signal; other errors are bugs and pass."""
        try:
            yield
        except UserError as error:
            self.failed.emit(error)

    def _refuse_if_held(self) -> None:
        self.refuse_if_unsaved()
        if self.study is not None and self.is_busy():
            raise UserError(
                ErrorCode.CONFLICT,
                what=_("{study} stays open.").format(study=self.study.name),
                why=_("One of its runs is going on."),
                next=_("Wait for it, or cancel it first."),
            )

    def _held(self) -> UserError:
        case = self.case
        return UserError(
            ErrorCode.CONFLICT,
            what=_("{case} stays open.").format(case=self.label(case) if case is not None else _("The case")),
            why=_("Something you drew on it is not saved."),
            next=_("Save or discard it in the step {step} first.").format(step=self._unsaved_in),
        )

    def _take(self, study: Study) -> None:
        if self.study is not None:
            self.study.close()
        self.study = study
        self.reader, self.case_id = None, None
        self._cases = study.cases.all()
        self.study_changed.emit()
