"""A reader's verdict on an annotation: accept it, replace it with a correction, or reject it. Always a new record."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ..cases.tasks import Task
from ..common.errors import ErrorCode, UserError
from ..study.records import Annotation, NewAnnotation, Reader
from ..study.study import Study
from .mask_changes import changes_between
from .masks import check_mask
from .tasks import task_of


def accept(study: Study, annotation: Annotation, *, reader: Reader) -> Annotation:
    """The reader takes the mask as it is; from now on it can be trained on."""
    return _verdict(study, annotation, reader, "accepted")


def reject(study: Study, annotation: Annotation, *, reader: Reader) -> Annotation:
    """The reader discards the mask; it stays in the history and is used for nothing."""
    return _verdict(study, annotation, reader, "rejected")


def correct(study: Study, annotation: Annotation, corrected_file: Path, *, reader: Reader) -> Annotation:
    """The reader changed the mask: keep theirs, and how much they changed.

    Args:
        study: holds both.
        annotation: the mask that was corrected.
        corrected_file: the new label map, inside the study folder (`study.paths.new_annotation`), on the T2w grid.
        reader: who corrected.

    Raises:
        UserError: BAD_GEOMETRY or BAD_LABEL when the new mask does not fit the case or the task.
    """
    _refuse_superseded(study, annotation)
    check_mask(study, annotation.case_id, corrected_file, task_of(study, annotation.task))
    return study.annotations.add(
        NewAnnotation(
            case_id=annotation.case_id,
            task=annotation.task,
            origin="reader",
            status="corrected",
            path=corrected_file,
            source=annotation.source,
            reader_id=reader.id,
            run_id=annotation.run_id,
            supersedes=annotation.id,
            changes=changes_between(annotation.path, corrected_file, task_of(study, annotation.task)),
        )
    )


def draw(study: Study, case_id: int, task: str, file: Path, *, reader: Reader) -> Annotation:
    """Keep a mask that a reader drew without a draft to start from."""
    check_mask(study, case_id, file, task_of(study, task))
    return study.annotations.add(
        NewAnnotation(
            case_id=case_id,
            task=task,
            origin="reader",
            status="accepted",
            path=file,
            source=f"drawn by {reader.name}",
            reader_id=reader.id,
        )
    )


def waiting_drafts(study: Study, task: Task) -> dict[int, Annotation]:
    """The newest annotation of each case, where that is a draft: what a reader has not judged yet, by case id."""
    every = [one for one in study.annotations.all() if one.task == task.name]
    superseded = {one.supersedes for one in every}
    newest = {one.case_id: one for one in every if one.id not in superseded and one.status != "rejected"}
    return {case_id: one for case_id, one in newest.items() if one.status == "draft"}


def _verdict(
    study: Study, annotation: Annotation, reader: Reader, status: Literal["accepted", "rejected"]
) -> Annotation:
    _refuse_superseded(study, annotation)
    return study.annotations.add(
        NewAnnotation(
            case_id=annotation.case_id,
            task=annotation.task,
            origin=annotation.origin,
            status=status,
            path=annotation.path,
            source=annotation.source,
            reader_id=reader.id,
            run_id=annotation.run_id,
            supersedes=annotation.id,
            changes=annotation.changes,
        )
    )


def _refuse_superseded(study: Study, annotation: Annotation) -> None:
    history = study.annotations.history(annotation.case_id, annotation.task)
    if any(other.supersedes == annotation.id for other in history):
        raise UserError(
            ErrorCode.CONFLICT,
            what="The verdict was not saved.",
            why="This annotation has been reviewed already, and a newer one stands in its place.",
            next="Load the case again and review the newer annotation.",
        )
