"""One reader rating the case in view: answers, score and time, without Qt. Unsaved answers outlive leaving it."""

from __future__ import annotations

from collections.abc import Callable

from ...common.errors import ErrorCode, UserError
from ...quality.form import Form, Item
from ...quality.pi_qual import Score
from ...study.records import Reading
from ...workflow.rating import Answer, Rater
from ..i18n import tr as _
from ..session import Session
from ..words import clock_words, quality_words

RaterFactory = Callable[..., Rater]


class RatePresenter:
    """What the Rate panel shows and does.

    Args:
        session: the study, reader and case in common.
        make_rater: makes a `Rater`; replaced in tests that need their own clock.
    """

    def __init__(self, session: Session, *, make_rater: RaterFactory = Rater) -> None:
        self.session = session
        self.rater: Rater | None = None
        self._make_rater = make_rater
        self._unsaved: dict[tuple[int, int, str, str], Rater] = {}

    # ------------------------------------------------------------------ which form

    def load(self) -> Rater | None:
        """Take up the case in view for the present reader, with what they had answered before, saved or not."""
        self.pause()
        study, reader, case = self.session.study, self.session.reader, self.session.case
        if study is None or reader is None or case is None:
            self.rater = None
            return None
        key = (reader.id, case.id, study.settings.form, study.settings.protocol)
        if key not in self._unsaved:
            rater = self._make_rater(study, reader, case)
            earlier = self.own_reading
            if earlier is not None and earlier.form == rater.form.name:
                rater.load(earlier)
            self._unsaved[key] = rater
        self.rater = self._unsaved[key]
        self.rater.timer.touch()
        return self.rater

    def forget(self) -> None:
        """Drop unsaved answers: another study was opened."""
        self.rater = None
        self._unsaved.clear()

    @property
    def form(self) -> Form | None:
        """The form being filled."""
        return self.rater.form if self.rater is not None else None

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
        return self.rater.values.get(item_id) if self.rater is not None else None

    def finding_words(self, item_id: str) -> str:
        """What the headers say about a technical item, and whether the reader overruled it."""
        finding = self.rater.findings.get(item_id) if self.rater is not None else None
        if finding is None:
            return ""
        if finding.passed is None:
            return _("Headers: {found} Please decide.").format(found=_sentence(finding.found))
        met = _("requirement met") if finding.passed else _("requirement not met")
        told = _("Headers: {found}, {met}.").format(found=finding.found.rstrip("."), met=met)
        if self.value(item_id) is not None and self.value(item_id) != finding.passed:
            return _("{told} Changed by you.").format(told=told)
        return told

    # ------------------------------------------------------------------ score

    @property
    def score(self) -> Score | None:
        """The score that the answers give now."""
        return self.rater.score if self.rater is not None else None

    def score_words(self) -> str:
        """The exam score in large letters."""
        score = self.score
        if score is None or self.rater is None:
            return ""
        if score.exam is None:
            return _("{title}: –").format(title=self.rater.form.title)
        return _("{title}: {score}").format(title=self.rater.form.title, score=self._shown(score.exam))

    def rule_words(self) -> str:
        """What is still open, or what the study's rule makes of the score."""
        score = self.score
        if score is None:
            return ""
        if score.missing:
            if len(score.missing) == 1:
                return _("1 item is still open.")
            return _("{count} items are still open.").format(count=len(score.missing))
        stratum = self.session.needed().settings.quality_rule.stratum(score)
        return _("{quality} quality by this study's rule.").format(quality=quality_words(stratum))

    def parts_words(self) -> str:
        """The score of each sequence in one line."""
        score, rater = self.score, self.rater
        if score is None or rater is None:
            return ""
        sections = [one for one in rater.form.scores_for(rater.protocol) if one.section is not None and not one.part]
        told = []
        for one in sections:
            value = score.scores.get(one.id)
            told.append(f"{one.title} {'–' if value is None else one.shown(value)}")
        return " · ".join(told)

    def reasons(self) -> str:
        """Why the score is what it is, one sentence a line."""
        score = self.score
        return "\n".join(score.reasons) if score is not None else ""

    # ------------------------------------------------------------------ time

    def touch(self) -> None:
        """Somebody moved the mouse or the slices: the reader is there."""
        if self.rater is not None:
            self.rater.timer.touch()

    def pause(self) -> None:
        """The panel is left: time stops."""
        if self.rater is not None:
            self.rater.timer.pause()

    def time_words(self) -> str:
        """Active time so far, and whether it stands still."""
        if self.rater is None:
            return ""
        time = clock_words(self.rater.timer.active_s)
        if self.rater.timer.paused:
            return _("Paused at {time}").format(time=time)
        return _("Time {time}").format(time=time)

    # ------------------------------------------------------------------ saved readings

    @property
    def own_reading(self) -> Reading | None:
        """The present reader's last saved reading of the case in view."""
        study, reader, case_id = self.session.study, self.session.reader, self.session.case_id
        if study is None or reader is None or case_id is None:
            return None
        return study.readings.latest(case_id, reader_id=reader.id)

    @property
    def unchanged(self) -> bool:
        """True when the answers are those of the reading the present reader saved last."""
        own, rater = self.own_reading, self.rater
        if own is None or rater is None or own.form != rater.form.name or own.protocol != rater.protocol:
            return False
        return {item: value for item, value in rater.values.items() if value is not None} == {
            item: value for item, value in own.values.items() if value is not None
        }

    def other_readings(self) -> str:
        """All readings of the case in view, but only once the present reader has committed one; else empty."""
        study, case_id = self.session.study, self.session.case_id
        if study is None or case_id is None or self.own_reading is None:
            return ""
        names = {reader.id: reader.name for reader in study.readers.all()}
        latest: dict[int, Reading] = {}
        for reading in study.readings.history(case_id):
            latest[reading.reader_id] = reading
        return "\n".join(
            _("{reader}: score {score}, {time}").format(
                reader=names.get(reading.reader_id, "?"),
                score="–" if reading.exam_score is None else reading.exam_score,
                time=clock_words(reading.active_s),
            )
            for reading in latest.values()
        )

    def save(self) -> Reading:
        """Save the reading.

        Raises:
            UserError: BAD_READING when items are open; NO_STUDY when there is nothing to rate.
        """
        rater = self._active()
        saved = rater.save()
        self._unsaved = {key: other for key, other in self._unsaved.items() if other is not rater}
        self.rater = None
        self.session.refresh()
        return saved

    def next_open_case(self) -> int | None:
        """The next case, after the one in view and around, that the present reader has not rated."""
        study, reader = self.session.study, self.session.reader
        if study is None or reader is None:
            return None
        ids = [case.id for case in self.session.cases]
        start = ids.index(self.session.case_id) + 1 if self.session.case_id in ids else 0
        rated = {reading.case_id for reading in study.readings.all_latest() if reading.reader_id == reader.id}
        return next((case_id for case_id in ids[start:] + ids[:start] if case_id not in rated), None)

    def _shown(self, value: int) -> str:
        assert self.rater is not None
        labels = next((score.labels for score in self.rater.form.scores if score.id == "exam"), {})
        return f"{value} ({labels[value]})" if value in labels else str(value)

    def _active(self) -> Rater:
        if self.rater is None:
            raise UserError(
                ErrorCode.NO_STUDY,
                what=_("There is nothing to rate."),
                why=_("Rating needs an open study, a reader and a case."),
                next=_("Enter your name in the first step and choose a case."),
            )
        return self.rater


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
