"""A reader's answer about a whole exam: given blind, or as a verdict on a model's. Always a new record.

An answer that was given knowing what a model had said carries the run of that model, so that an evaluation of the run
never takes it for an independent one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..cases.answers import answer_of, check_numbers
from ..cases.tasks import Task
from ..common.errors import ErrorCode, UserError
from ..study.records import Answer, NewAnswer, Reader
from ..study.study import Study


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What there is of one case and task, as one reader finds it.

    Attributes:
        own: what this reader has answered.
        draft: the newest answer of a model that no reader has judged.
        discarded: a model's answer that this reader has rejected, where nothing came after it.
        others: further answers that stand, oldest first: imported ones, and other readers'.
    """

    own: Answer | None
    draft: Answer | None
    discarded: Answer | None
    others: tuple[Answer, ...]


def standing(study: Study, case_id: int, task: Task, reader: Reader | None) -> Standing:
    """Look up what stands; nobody has an own answer where no reader is named."""
    history = study.answers.history(case_id, task.name)
    superseded = {one.supersedes for one in history}
    last = [one for one in history if one.id not in superseded]
    newest = [one for one in last if one.status != "rejected"]
    rejected = [one for one in last if one.status == "rejected" and reader is not None and one.reader_id == reader.id]
    own = [one for one in newest if reader is not None and one.reader_id == reader.id]
    drafts = [one for one in newest if _is_draft(one)]
    return Standing(
        own=own[-1] if own else None,
        draft=drafts[-1] if drafts else None,
        discarded=rejected[-1] if rejected else None,
        others=tuple(one for one in newest if one not in own and not _is_draft(one)),
    )


def answered_by(study: Study, task: Task, reader: Reader | None) -> set[int]:
    """Cases that this reader has answered."""
    if reader is None:
        return set()
    return {
        one.case_id
        for one in study.answers.all()
        if one.task == task.name and one.reader_id == reader.id and one.status != "rejected"
    }


def unjudged(study: Study, task: Task) -> dict[int, Answer]:
    """The newest model's answer of each case that no reader has answered or judged, by case id."""
    return {one.case_id: one for one in unjudged_of_all(study).values() if one.task == task.name}


def unjudged_of_all(study: Study) -> dict[tuple[int, str], Answer]:
    """The same for every task, by case id and task."""
    every = study.answers.all()
    superseded = {one.supersedes for one in every}
    read = {(one.case_id, one.task) for one in every if one.reader_id is not None and one.status != "rejected"}
    return {
        (one.case_id, one.task): one
        for one in every
        if _is_draft(one) and one.id not in superseded and (one.case_id, one.task) not in read
    }


def may_see(study: Study, reader: Reader | None, case_id: int, task: Task) -> bool:
    """Whether this reader may see what a model, a table or others said of the exam.

    Only once they have answered themselves, so that it cannot sway them; where the study is `assisted` always.
    """
    return study.settings.assisted or (reader is not None and case_id in answered_by(study, task, reader))


def give(
    study: Study,
    case_id: int,
    task: Task,
    numbers: Sequence[float | None],
    *,
    reader: Reader,
    knowing: Answer | None = None,
) -> Answer:
    """Keep what the reader says; it supersedes what they said before.

    Args:
        numbers: in the order of `cases.answers.answer_keys`; None where they do not know.
        knowing: a model's answer that they had seen, judged or not. Where it is all that there is, it is corrected.

    Raises:
        UserError: BAD_VALUES for what is no answer to the task, or nothing at all.
    """
    check_numbers(task, numbers, whose=f"the answer of {study.display_name(study.cases.get(case_id))}")
    own = standing(study, case_id, task, reader).own
    corrects = knowing is not None and own is None
    return study.answers.add(
        NewAnswer(
            case_id=case_id,
            task=task.name,
            origin="reader",
            status="corrected" if corrects else "accepted",
            values=answer_of(task, numbers),
            source=knowing.source if corrects and knowing is not None else "",
            reader_id=reader.id,
            run_id=knowing.run_id if knowing is not None else None,
            supersedes=own.id if own is not None else knowing.id if knowing is not None else None,
        )
    )


def accept(study: Study, draft: Answer, *, reader: Reader) -> Answer:
    """The reader takes the model's answer as it is; from now on it can be learned from."""
    return _verdict(study, draft, reader, "accepted")


def reject(study: Study, draft: Answer, *, reader: Reader) -> Answer:
    """The reader discards the model's answer; it stays in the history and is used for nothing."""
    return _verdict(study, draft, reader, "rejected")


def _verdict(study: Study, draft: Answer, reader: Reader, status: Literal["accepted", "rejected"]) -> Answer:
    if not _is_draft(draft):
        raise UserError(
            ErrorCode.CONFLICT,
            what="The verdict was not saved.",
            why="This is no model's answer that waits for one.",
            next="Give an answer of your own.",
        )
    return study.answers.add(
        NewAnswer(
            case_id=draft.case_id,
            task=draft.task,
            origin=draft.origin,
            status=status,
            values=draft.values,
            probabilities=draft.probabilities,
            source=draft.source,
            reader_id=reader.id,
            run_id=draft.run_id,
            supersedes=draft.id,
        )
    )


def _is_draft(one: Answer) -> bool:
    return one.origin == "model" and one.status == "draft"
