"""What the Review panel shows and does with masks, without Qt: the task in view, versions, verdicts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from ...cases.tasks import Task
from ...common.errors import ErrorCode, UserError
from ...study.paths import reservation_of
from ...study.records import Annotation, Case, Reader
from ...study.study import Study
from ...workflow import review
from ...workflow.answering import unjudged
from ..i18n import tr as _
from ..session import Session

Saver = Callable[[Path, Task], None]


class ReviewPresenter:
    """The segmentation of one task in the case in view."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.annotation: Annotation | None = None
        self.versions: list[Annotation] = []
        self._task_name = ""
        self._task: Task | None = None

    @property
    def tasks(self) -> list[Task]:
        """What can be reviewed: masks first, then what is asked about the whole exam."""
        return sorted(self.session.tasks, key=lambda task: not task.segments)

    @property
    def task(self) -> Task:
        """The task in view: the same while something is drawn, whatever becomes of its file."""
        if self._task is None:
            self._task = self.session.task_named(self._task_name)
        return self._task

    def load(self, *, prefer: int | None = None) -> Annotation | None:
        """Look up the versions that stand for the case and task in view.

        Args:
            prefer: id of the version to show if it still stands; else a draft that is newer than every verdict, else
                the one the study trusts most.
        """
        study, case_id = self.session.study, self.session.case_id
        self.annotation, self.versions, self._task = None, [], None
        if study is None or case_id is None or not self.task.segments:
            return None
        history = study.annotations.history(case_id, self.task.name)
        superseded = {annotation.supersedes for annotation in history}
        self.versions = [one for one in reversed(history) if one.id not in superseded and one.status != "rejected"]
        current = study.annotations.current(case_id, self.task.name)
        newest = self.versions[0] if self.versions and self.versions[0].status == "draft" else current
        self.annotation = next((one for one in self.versions if one.id == prefer), newest)
        return self.annotation

    def choose_task(self, name: str) -> None:
        """Another task."""
        self._task_name, self._task = name, None
        self.annotation = None

    def task_of_interest(self) -> str:
        """The task with most drafts to review, for the first time the panel is shown; masks before answers."""
        study = self.session.study
        if study is None:
            return self.task.name
        tasks = self.tasks
        waiting = {task.name: len(_waiting(study, task)) for task in tasks}
        there = {task.name: len(study.annotations.all_current(task.name)) for task in tasks}
        return max(tasks, key=lambda task: (waiting[task.name], there[task.name])).name

    # ------------------------------------------------------------------ the worklist

    def reviewed(self) -> set[int]:
        """Cases with a reviewed segmentation of this task and no newer draft."""
        study = self.session.study
        if study is None:
            return set()
        current = study.annotations.all_current(self.task.name)
        done = {case_id for case_id, one in current.items() if one.status in ("accepted", "corrected")}
        return done - set(review.waiting_drafts(study, self.task))

    def next_to_review(self) -> int | None:
        """The next case, after the one in view and around, with a segmentation that waits for a verdict."""
        study = self.session.study
        if study is None:
            return None
        waiting = set(review.waiting_drafts(study, self.task))
        ids = [case.id for case in self.session.cases]
        start = ids.index(self.session.case_id) + 1 if self.session.case_id in ids else 0
        return next((case_id for case_id in ids[start:] + ids[:start] if case_id in waiting), None)

    @property
    def waits(self) -> bool:
        """True when the version shown has no verdict of a reader yet."""
        return self.annotation is not None and self.annotation.status == "draft"

    # ------------------------------------------------------------------ verdicts

    def accept(self) -> Annotation:
        """Take it as it is."""
        study, reader, annotation = self._ready()
        return self._added(review.accept(study, annotation, reader=reader))

    def reject(self) -> Annotation:
        """Discard it; it stays in the history."""
        study, reader, annotation = self._ready()
        return self._added(review.reject(study, annotation, reader=reader))

    def save_correction(self, save: Saver) -> Annotation:
        """Keep what the reader changed. `save(path, task)` writes the label map."""
        study, reader, annotation = self._ready()
        with _NewFile(study, self._case(), self.task) as path:
            save(path, self.task)
            return self._added(review.correct(study, annotation, path, reader=reader))

    def save_drawing(self, save: Saver) -> Annotation:
        """Keep what the reader drew without a draft to start from."""
        study, reader = self._study_and_reader()
        case = self._case()
        with _NewFile(study, case, self.task) as path:
            save(path, self.task)
            return self._added(review.draw(study, case.id, self.task.name, path, reader=reader))

    def _added(self, annotation: Annotation) -> Annotation:
        self.session.refresh()
        return annotation

    def _case(self) -> Case:
        case = self.session.case
        if case is None:
            raise _nothing()
        return case

    def _study_and_reader(self) -> tuple[Study, Reader]:
        study, reader = self.session.needed(), self.session.reader
        if reader is None:
            raise UserError(
                ErrorCode.BAD_READING,
                what=_("The verdict was not saved."),
                why=_("Every verdict is kept under the name of its reader, and nobody is named."),
                next=_("Enter your name in the first step."),
            )
        return study, reader

    def _ready(self) -> tuple[Study, Reader, Annotation]:
        study, reader = self._study_and_reader()
        if self.annotation is None:
            raise _nothing()
        return study, reader, self.annotation


def _waiting(study: Study, task: Task) -> Collection[int]:
    return review.waiting_drafts(study, task) if task.segments else unjudged(study, task)


class _NewFile:
    """A reserved path for a mask; given back when nothing was recorded."""

    def __init__(self, study: Study, case: Case, task: Task) -> None:
        self._path = study.paths.new_annotation(case, task.name)

    def __enter__(self) -> Path:
        return self._path

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is not None:
            self._path.unlink(missing_ok=True)
            reservation_of(self._path).unlink(missing_ok=True)


def _nothing() -> UserError:
    return UserError(
        ErrorCode.NO_LABEL,
        what=_("There is no segmentation to judge."),
        why=_("This case has none for this task."),
        next=_("Predict one in Results, or draw it yourself."),
    )
