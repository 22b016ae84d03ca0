"""One reader filling the form for the case in view, without Qt. Unsaved answers outlive leaving it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...common.errors import ErrorCode, UserError
from ...quality.form import Form, Item
from ...quality.pi_qual import Score
from ...study.records import Case, Reader, Reading
from ...study.study import Study
from ...workflow.agreement import comparable
from ...workflow.deciding import Decision
from ...workflow.rating import Rater
from ...workflow.unsaved_form import Answer
from ...workflow.worklists import REPEAT, Worklist, not_rated, worklist
from ..i18n import tr as _
from ..session import Session
from ..words import clock_words
from .score_words import Filling

RaterFactory = Callable[..., Rater]


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What was saved last: of which case, and the exam score."""

    case_id: int
    exam_score: int | None


class RatePresenter:
    """What the Rate panel shows and does.

    Args:
        session: the study, reader and case in common.
        make_rater: makes a `Rater`; replaced in tests that need their own clock.
    """

    def __init__(self, session: Session, *, make_rater: RaterFactory = Rater) -> None:
        self.session = session
        self.filling: Filling | None = None
        self.worklist: Worklist = "all"
        self._make_rater = make_rater
        self._unsaved: dict[tuple[object, ...], Filling] = {}

    # ------------------------------------------------------------------ which form

    def load(self) -> Filling | None:
        """Take up the case in view for the present reader, with what they had answered before, saved or not.

        On the lists to repeat and to adjudicate only cases that stand on them can be taken up.
        """
        self.pause()
        study, reader, case = self.session.study, self.session.reader, self.session.case
        self.filling = None
        if study is None or reader is None or case is None:
            return None
        if self.worklist in ("repeat", "adjudicate") and case.id not in self.ids():
            return None
        key = self._key(study, reader, case)
        if key not in self._unsaved:
            self._unsaved[key] = self._begin(study, reader, case)
        self.filling = self._unsaved[key]
        self.filling.timer.touch()
        return self.filling

    def forget(self) -> None:
        """Drop unsaved answers: another study was opened."""
        self.filling = None
        self._unsaved.clear()

    @property
    def form(self) -> Form | None:
        """The form being filled."""
        return self.filling.form if self.filling is not None else None

    @property
    def decision(self) -> Decision | None:
        """The decision being made, None while a reading is filled in."""
        return self.filling if isinstance(self.filling, Decision) else None

    @property
    def repeat(self) -> int:
        """Number of the reading being made: 0 for the one that counts."""
        return self.filling.repeat if isinstance(self.filling, Rater) else 0

    # ------------------------------------------------------------------ worklists

    def ids(self, name: Worklist | None = None) -> list[int]:
        """Cases on the chosen worklist, or on another one, in the order in which to take them."""
        study = self.session.study
        return worklist(study, self.session.reader, name or self.worklist) if study is not None else []

    def next_open_case(self) -> int | None:
        """The next case, after the one in view and around, that waits on the list for the present reader."""
        study, reader, current = self.session.study, self.session.reader, self.session.case_id
        if study is None or reader is None:
            return None
        if self.worklist in ("repeat", "adjudicate"):
            return next((one for one in self.ids() if one != current), None)
        ids = [case.id for case in self.session.cases]
        start = ids.index(current) + 1 if current in ids else 0
        waiting = set(not_rated(study, reader))
        return next((one for one in ids[start:] + ids[:start] if one in waiting), None)

    # ------------------------------------------------------------------ answers

    def answer(self, item_id: str, value: Answer) -> None:
        """Answer an item; None takes the answer back."""
        self._active().set(item_id, value)

    def toggle(self, item: Item) -> Answer:
        """The next answer to a yes-or-no item: yes first, then no, then yes again."""
        value = self.value(item.id) is not True
        self.answer(item.id, value)
        return value

    def value(self, item_id: str) -> Answer:
        """The present answer, None while open."""
        return self.filling.values.get(item_id) if self.filling is not None else None

    @property
    def score(self) -> Score | None:
        """The score that the answers give now."""
        return self.filling.score if self.filling is not None else None

    def touch(self) -> None:
        """Somebody moved the mouse or the slices: the reader is there."""
        if self.filling is not None:
            self.filling.timer.touch()

    def pause(self) -> None:
        """The panel is left: time stops."""
        if self.filling is not None:
            self.filling.timer.pause()

    # ------------------------------------------------------------------ saved readings

    @property
    def own_reading(self) -> Reading | None:
        """The present reader's last saved reading of the case in view, of the number being made."""
        study, reader, case_id = self.session.study, self.session.reader, self.session.case_id
        if study is None or reader is None or case_id is None:
            return None
        own = [one for one in study.readings.history(case_id) if one.reader_id == reader.id]
        return next((one for one in reversed(own) if one.repeat == self.repeat), None)

    @property
    def unchanged(self) -> bool:
        """True when the answers are those of the reading the present reader saved last."""
        own, rater = self.own_reading, self.filling
        if own is None or not isinstance(rater, Rater):
            return False
        if own.form != rater.form.name or own.protocol != rater.protocol:
            return False
        return _answered(rater.values) == _answered(own.values)

    def other_readings(self) -> str:
        """All readings of the case in view, but only once the present reader has committed one; else empty."""
        study, case_id = self.session.study, self.session.case_id
        if study is None or case_id is None or self.worklist in ("repeat", "adjudicate") or self.own_reading is None:
            return ""
        names = {reader.id: reader.name for reader in study.readers.all()}
        latest = {one.reader_id: one for one in study.readings.history(case_id) if one.repeat == 0}
        return "\n".join(
            _("{reader}: score {score}, {time}").format(
                reader=names.get(reading.reader_id, "?"),
                score="–" if reading.exam_score is None else reading.exam_score,
                time=clock_words(reading.active_s),
            )
            for reading in latest.values()
        )

    def save(self) -> Saved:
        """Save the reading or the decision.

        Raises:
            UserError: BAD_READING when items are open; NO_STUDY when there is nothing to rate.
        """
        filling = self._active()
        saved = filling.save()
        self._unsaved = {key: other for key, other in self._unsaved.items() if other is not filling}
        self.filling = None
        self.session.refresh()
        return Saved(case_id=saved.case_id, exam_score=saved.exam_score)

    # ------------------------------------------------------------------ inside

    def _key(self, study: Study, reader: Reader, case: Case) -> tuple[object, ...]:
        key: tuple[object, ...] = (reader.id, case.id, study.settings.form, study.settings.protocol)
        if self.worklist == "adjudicate":  # a newer reading of the case asks for a new decision
            return (*key, "decide", *(one.id for one in comparable(study) if one.case_id == case.id))
        return (*key, "repeat") if self.worklist == "repeat" else key

    def _begin(self, study: Study, reader: Reader, case: Case) -> Filling:
        if self.worklist == "adjudicate":
            return Decision(study, reader, case)
        if self.worklist == "repeat":
            return self._make_rater(study, reader, case, repeat=REPEAT)
        rater = self._make_rater(study, reader, case)
        earlier = self.own_reading
        if earlier is not None and earlier.form == rater.form.name:
            rater.load(earlier)
        return rater

    def _active(self) -> Filling:
        if self.filling is None:
            raise UserError(
                ErrorCode.NO_STUDY,
                what=_("There is nothing to rate."),
                why=_("Rating needs an open study, a reader and a case."),
                next=_("Enter your name in the first step and choose a case."),
            )
        return self.filling


def _answered(values: dict[str, Answer]) -> dict[str, Answer]:
    return {item: value for item, value in values.items() if value is not None}
