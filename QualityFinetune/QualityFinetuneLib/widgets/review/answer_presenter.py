"""What a reader answers about a whole exam, without Qt. Unsaved answers outlive leaving the case."""

from __future__ import annotations

from collections.abc import Sequence

from ...cases.answers import answer_keys, numbers_of
from ...cases.tasks import Task
from ...common.errors import ErrorCode, UserError
from ...study.records import Answer, Case, Reader
from ...study.study import Study
from ...workflow import answering
from ...workflow.answering import Standing
from ..i18n import tr as _
from ..session import Session

Numbers = tuple[float | None, ...]
NOTHING = Standing(own=None, draft=None, discarded=None, others=())


class AnswerPresenter:
    """The answer to one task about the case in view.

    What a model, a table or other readers said stays hidden until the reader has answered, unless the study is
    assisted. A reader may ask to see the model's answer at once; what they answer then counts as made with it.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.task: Task | None = None
        self.standing = NOTHING
        self._unsaved: dict[tuple[int | None, int, str], Numbers] = {}
        self._revealed: set[tuple[int | None, int, str]] = set()

    def load(self, task: Task) -> None:
        """Look up what stands for the case in view."""
        self.task = task
        study, case_id = self.session.study, self.session.case_id
        self.standing = NOTHING
        if study is not None and case_id is not None:
            self.standing = answering.standing(study, case_id, task, self.session.reader)

    def forget(self) -> None:
        """Drop unsaved answers: another study was opened."""
        self.standing = NOTHING
        self._unsaved.clear()
        self._revealed.clear()

    # ------------------------------------------------------------------ the answer

    @property
    def saved(self) -> Numbers | None:
        """What the reader saved last; None before they have."""
        own = self.standing.own
        return numbers_of(self._needed(), own.values) if own is not None else None

    @property
    def numbers(self) -> Numbers:
        """What is entered now: unsaved, else saved, else nothing."""
        task = self._needed()
        empty: Numbers = (None,) * len(answer_keys(task))
        return self._unsaved.get(self._key(), self.saved or empty)

    def enter(self, numbers: Sequence[float | None]) -> None:
        """Take what the reader entered; not saved yet."""
        self._unsaved[self._key()] = tuple(numbers)

    @property
    def empty(self) -> bool:
        """Whether nothing is answered."""
        return all(number is None for number in self.numbers)

    @property
    def asks_numbers(self) -> bool:
        """Whether numbers are typed, not choices made."""
        return self._needed().answer == "values"

    @property
    def unchanged(self) -> bool:
        """Whether what is entered is what the reader saved last."""
        return self.saved is not None and self.numbers == self.saved

    @property
    def agrees(self) -> bool:
        """Whether what is entered is what the visible model says."""
        draft = self.standing.draft
        return draft is not None and self.sees_model and self.numbers == numbers_of(self._needed(), draft.values)

    # ------------------------------------------------------------------ what others said

    @property
    def committed(self) -> bool:
        """Whether the reader may see what others said."""
        study, case_id = self.session.study, self.session.case_id
        if study is None or case_id is None:
            return False
        return study.settings.assisted or self.standing.own is not None or self.standing.discarded is not None

    @property
    def sees_model(self) -> bool:
        """Whether the model's answer is in view."""
        return self.standing.draft is not None and (self.committed or self._key() in self._revealed)

    def reveal(self) -> None:
        """Show the model's answer before the reader has answered."""
        self._revealed.add(self._key())

    # ------------------------------------------------------------------ what is done

    def save(self) -> Answer:
        """Keep what is entered; a visible model's answer that it equals is accepted.

        Raises:
            UserError: BAD_READING without a reader; BAD_VALUES for what is no answer.
        """
        study, reader, case = self._ready()
        draft = self.standing.draft
        if self.agrees and self.standing.own is None and draft is not None:
            return self._done(answering.accept(study, draft, reader=reader))
        knowing = draft if self.sees_model else self.standing.discarded
        return self._done(
            answering.give(study, case.id, self._needed(), self.numbers, reader=reader, knowing=knowing)
        )

    def reject(self) -> Answer:
        """Discard the model's answer in view.

        Raises:
            UserError: BAD_READING without a reader; NO_LABEL without a model's answer in view.
        """
        study, reader, _case = self._ready()
        if self.standing.draft is None or not self.sees_model:
            raise _nothing()
        return self._done(answering.reject(study, self.standing.draft, reader=reader))

    # ------------------------------------------------------------------ the worklist

    def answered(self) -> set[int]:
        """Cases that the reader has answered."""
        study = self.session.study
        return answering.answered_by(study, self._needed(), self.session.reader) if study is not None else set()

    def next_open_case(self) -> int | None:
        """The next case, after the one in view and around, that the reader has not answered."""
        ids, done = [case.id for case in self.session.cases], self.answered()
        start = ids.index(self.session.case_id) + 1 if self.session.case_id in ids else 0
        around = ids[start:] + ids[:start]
        return next((one for one in around if one not in done and one != self.session.case_id), None)

    # ------------------------------------------------------------------ inside

    def _needed(self) -> Task:
        assert self.task is not None
        return self.task

    def _key(self) -> tuple[int | None, int, str]:
        reader, case_id = self.session.reader, self.session.case_id
        return (reader.id if reader is not None else None, -1 if case_id is None else case_id, self._needed().name)

    def _done(self, answer: Answer) -> Answer:
        self._unsaved.pop(self._key(), None)
        self.session.refresh()
        return answer

    def _ready(self) -> tuple[Study, Reader, Case]:
        study, reader, case = self.session.needed(), self.session.reader, self.session.case
        if reader is None:
            raise UserError(
                ErrorCode.BAD_READING,
                what=_("The answer was not saved."),
                why=_("Every answer is kept under the name of its reader, and nobody is named."),
                next=_("Enter your name in the first step."),
            )
        if case is None:
            raise _nothing()
        return study, reader, case


def _nothing() -> UserError:
    return UserError(
        ErrorCode.NO_LABEL,
        what=_("There is nothing to judge."),
        why=_("No case is in view, or no model's answer to it."),
        next=_("Choose a case, or give an answer of your own."),
    )
