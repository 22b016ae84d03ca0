"""What the Review panel shows and does, without Qt: versions of a segmentation, verdicts, and what changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...cases.tasks import Task, mask_tasks
from ...common.errors import ErrorCode, UserError
from ...study.paths import reservation_of
from ...study.records import Annotation, Case, Reader
from ...study.study import Study
from ...workflow import review
from ..i18n import tr as _
from ..session import Session
from ..words import annotation_words, number_words
from .volumes import volumes_ml

Saver = Callable[[Path, Task], None]


class ReviewPresenter:
    """The segmentation of one task in the case in view."""

    def __init__(self, session: Session, *, tasks: list[Task] | None = None) -> None:
        self.session = session
        self.tasks = mask_tasks() if tasks is None else tasks
        self.task = self.tasks[0]
        self.annotation: Annotation | None = None
        self.versions: list[Annotation] = []

    def load(self, *, prefer: int | None = None) -> Annotation | None:
        """Look up the versions that stand for the case and task in view.

        Args:
            prefer: id of the version to show if it still stands; else a draft that is newer than every verdict, else
                the one the study trusts most.
        """
        study, case_id = self.session.study, self.session.case_id
        self.annotation, self.versions = None, []
        if study is None or case_id is None:
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
        self.task = next(task for task in self.tasks if task.name == name)

    def task_of_interest(self) -> str:
        """The task with most drafts to review, for the first time the panel is shown."""
        study = self.session.study
        if study is None:
            return self.task.name
        waiting = {task.name: len(self._unreviewed(study, task)) for task in self.tasks}
        there = {task.name: len(study.annotations.all_current(task.name)) for task in self.tasks}
        return max(self.tasks, key=lambda task: (waiting[task.name], there[task.name])).name

    # ------------------------------------------------------------------ words

    def status_words(self) -> str:
        """Task and status in one line."""
        return _("{task}: {status}").format(task=self.task.title, status=annotation_words(self.annotation))

    def origin_words(self) -> str:
        """Who made it."""
        one = self.annotation
        if one is None:
            return _("Predict one in Results, or draw it yourself.")
        return self._made_by(one)

    def volume_words(self) -> str:
        """Volume of each structure; empty without a segmentation."""
        if self.annotation is None:
            return ""
        volumes = volumes_ml(self.annotation.path, self.task)
        return " · ".join(
            _("{structure} {volume} ml").format(structure=name, volume=number_words(volume, 1))
            for name, volume in volumes.items()
        )

    def change_words(self) -> str:
        """How much the reader changed, where that was measured."""
        return changes_sentence(self.annotation.changes if self.annotation is not None else None)

    def version_choices(self) -> list[tuple[str, int]]:
        """The versions that stand, newest first, as (text, id)."""
        return [
            (f"{annotation_words(one)} · {one.source or self._made_by(one)} · {one.created:%Y-%m-%d %H:%M}", one.id)
            for one in self.versions
        ]

    def history_words(self) -> str:
        """Everything that ever happened to this segmentation, newest first."""
        study, case_id = self.session.study, self.session.case_id
        if study is None or case_id is None:
            return ""
        history = study.annotations.history(case_id, self.task.name)
        return "\n".join(
            _("{when}  {status}. {by}").format(
                when=f"{one.created:%Y-%m-%d %H:%M}", status=annotation_words(one), by=self._made_by(one)
            )
            for one in reversed(history)
        )

    def reviewed(self) -> set[int]:
        """Cases with a reviewed segmentation of this task and no newer draft."""
        study = self.session.study
        if study is None:
            return set()
        current = study.annotations.all_current(self.task.name)
        done = {case_id for case_id, one in current.items() if one.status in ("accepted", "corrected")}
        return done - self._unreviewed(study, self.task)

    def next_to_review(self) -> int | None:
        """The next case, after the one in view and around, with a segmentation that waits for a verdict."""
        study = self.session.study
        if study is None:
            return None
        waiting = self._unreviewed(study, self.task)
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

    def _unreviewed(self, study: Study, task: Task) -> set[int]:
        return set(waiting_drafts(study, task))

    def _made_by(self, one: Annotation) -> str:
        study = self.session.needed()
        names = {reader.id: reader.name for reader in study.readers.all()}
        reader = names.get(one.reader_id) if one.reader_id is not None else None
        run = _(", run {run}").format(run=one.run_id) if one.run_id is not None else ""
        made = {
            "model": _("Made by the model {source}{run}.").format(source=one.source or "–", run=run),
            "imported": _("Imported from {source}.").format(source=one.source or "–"),
            "reader": _("Based on {source}{run}.").format(source=one.source or "–", run=run),
        }[one.origin]
        if reader is None:
            return made
        verdict = {
            "accepted": _("Accepted by {reader}."),
            "corrected": _("Corrected by {reader}."),
            "rejected": _("Rejected by {reader}."),
            "draft": _("Saved by {reader}."),
        }[one.status].format(reader=reader)
        return f"{verdict} {made}"

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


def waiting_drafts(study: Study, task: Task) -> dict[int, Annotation]:
    """The newest annotation of each case, where that is a draft: what a reader has not judged yet, by case id."""
    every = [one for one in study.annotations.all() if one.task == task.name]
    superseded = {one.supersedes for one in every}
    newest = {one.case_id: one for one in every if one.id not in superseded and one.status != "rejected"}
    return {case_id: one for case_id, one in newest.items() if one.status == "draft"}


def changes_sentence(changes: dict[str, object] | None) -> str:
    """How much a correction changed, as one sentence; empty where nothing was compared."""
    if not changes:
        return ""
    values = {key: changes.get(key) for key in ("dice", "added_ml", "removed_ml")}
    dice, added, removed = (float(value) if isinstance(value, int | float) else None for value in values.values())
    return _("Changed: {added} ml added, {removed} ml removed, Dice {dice} with the draft.").format(
        added=number_words(added, 1), removed=number_words(removed, 1), dice=number_words(dice)
    )


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
