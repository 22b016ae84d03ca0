"""The second step: rate the image quality of the case in view, by mouse or keyboard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import qt

from ...common.errors import UserError
from ...quality.form import Item
from ...workflow.rating import Answer
from ..case_bar import CaseBar
from ..i18n import tr as _
from ..keys import KeyBinding, KeyMode
from ..message_card import MessageCard
from ..session import Session
from ..stage import Stage
from ..ui_files import Ui, fill_choices
from .form_view import FormView
from .presenter import RatePresenter

CLOCK_MS = 1000


class RatePanel:
    """Drives Rate.ui.

    Args:
        session: the study, reader and case in common.
        stage: shows the images.
        keys: the keyboard mode of this panel.
        go_to: shows another step.
        presenter: replaced in tests that need their own clock.
    """

    def __init__(
        self,
        session: Session,
        *,
        stage: Stage,
        keys: KeyMode,
        go_to: Callable[[str], None],
        presenter: RatePresenter | None = None,
    ) -> None:
        self.session = session
        self.presenter = presenter or RatePresenter(session)
        self.ui = Ui("Rate")
        self.widget = self.ui.widget
        self.message = MessageCard(self.ui.rateMessageFrame)
        self.form = FormView(self.ui.formHolder.layout(), self._answered)
        self.keys = keys
        self.entered = False
        self._stage = stage
        self._go_to = go_to
        self._views: list[str] = []
        self._seen: Any = None
        self.cases = CaseBar(
            session,
            combo=self.ui.rateCaseCombo,
            previous=self.ui.ratePreviousButton,
            following=self.ui.rateNextButton,
        )
        self._clock = qt.QTimer()
        self._clock.setInterval(CLOCK_MS)
        self._clock.connect("timeout()", self._tick)
        self.ui.rateViewCombo.connect("currentIndexChanged(int)", self._view_chosen)
        self.ui.rateSaveButton.connect("clicked()", self.save_and_next)
        self.ui.reasonsButton.connect("toggled(bool)", lambda _on: self._show_answers())
        session.study_changed.connect(self._study_changed)
        session.reader_changed.connect(self._case_changed)
        session.case_changed.connect(lambda _case: self._case_changed())
        session.records_changed.connect(self._case_changed)

    # ------------------------------------------------------------------ what the user does

    def save_and_next(self) -> None:
        """Save the reading and bring the next case without one into view; with nothing to save, only go on."""
        if self.presenter.unchanged:
            following = self.presenter.next_open_case()
            if following is not None:
                self.session.show_case(following)
            else:
                self._go_to("Review")
            return
        try:
            saved = self.presenter.save()
        except UserError as error:
            self.message.problem(error)
            self._show_first_open()
            return
        following = self.presenter.next_open_case()
        if following is not None:
            self.session.show_case(following)
        else:
            self._case_changed()
        self.ui.rateScroll.verticalScrollBar().setValue(0)
        score = "–" if saved.exam_score is None else saved.exam_score
        if following is None:
            self.message.done(_("Every case is rated."), next=_("Go on to the next step and review the outlines."))
        else:
            self.message.info(_("Saved: score {score}. This is the next case.").format(score=score))

    def bindings(self) -> list[KeyBinding]:
        """The keys of this step: one for each item that has one, and those for saving and stepping."""
        found: list[KeyBinding] = []
        rater = self.presenter.rater
        if rater is not None:
            for item in rater.form.items(rater.protocol):
                if item.key is not None and item.kind == "bool":
                    found.append(KeyBinding(key=item.key, text=item.label, action=partial(self._toggle, item)))
        return [
            *found,
            KeyBinding(key="Ctrl+Return", text=_("Save and next case"), action=self.save_and_next),
            KeyBinding(key="Ctrl+PgUp", text=_("Previous case"), action=lambda: self.session.step_case(-1)),
            KeyBinding(key="Ctrl+PgDown", text=_("Next case"), action=lambda: self.session.step_case(1)),
        ]

    # ------------------------------------------------------------------ shown, hidden, closed

    def enter(self) -> None:
        """The panel is shown: bring a case into view, time and keys on."""
        self.entered = True
        self._stage.veil(True)
        if self.session.case_id is None and self.session.cases:
            self.session.show_case(self.presenter.next_open_case() or self.session.cases[0].id)
        self._case_changed()
        self._clock.start()

    def exit(self) -> None:
        """The panel is hidden: time and keys off; answers stay."""
        self.entered = False
        self.keys.off()
        self._clock.stop()
        self.presenter.pause()

    def cleanup(self) -> None:
        """The module is closed."""
        self.exit()

    # ------------------------------------------------------------------ inside

    def _study_changed(self) -> None:
        self.presenter.forget()
        self.message.clear()
        self._case_changed()

    def _case_changed(self) -> None:
        if not self.entered:
            return
        self.message.clear()
        rater = self.presenter.load()
        self.form.show(rater.form if rater else None, rater.protocol if rater else "bpmri")
        self.cases.show(done=self._rated())
        self._show_images()
        self._show_answers()
        self._show_wording()
        others = self.presenter.other_readings()
        self.ui.otherReadingsFrame.setVisible(bool(others))
        self.ui.otherReadingsLabel.setText(others)
        self.ui.scoreCard.setVisible(rater is not None)
        self.keys.on(self.bindings())
        self._tick()
        if rater is None:
            self._say_what_is_missing()

    def _rated(self) -> set[int]:
        study, reader = self.session.study, self.session.reader
        if study is None or reader is None:
            return set()
        return {reading.case_id for reading in study.readings.all_latest() if reading.reader_id == reader.id}

    def _show_images(self) -> None:
        study, case = self.session.study, self.session.case
        if study is None or case is None:
            fill_choices(self.ui.rateViewCombo, [])
            return
        choices = self._stage.arrangements(study, case)
        self._views = fill_choices(self.ui.rateViewCombo, choices, current=self._stage.arrangement)
        with self.session.telling_failures():
            self._stage.show_case(study, case, arrangement=self._stage.arrangement)

    def _view_chosen(self, index: int) -> None:
        study, case = self.session.study, self.session.case
        if study is not None and case is not None and 0 <= index < len(self._views):
            self.presenter.touch()
            with self.session.telling_failures():
                self._stage.show_case(study, case, arrangement=self._views[index])

    def _answered(self, item: Item, value: Answer) -> None:
        with self.session.telling_failures():
            self.presenter.answer(item.id, value)
        self._show_answers()

    def _toggle(self, item: Item) -> None:
        with self.session.telling_failures():
            self.presenter.toggle(item)
        self._show_answers()
        row = self.form.rows.get(item.id)
        if row is not None:
            self.ui.rateScroll.ensureWidgetVisible(row.widget)

    def _show_answers(self) -> None:
        for item_id, row in self.form.rows.items():
            row.show_value(self.presenter.value(item_id))
            if row.item.check is not None:
                row.show_note(self.presenter.finding_words(item_id))
        self.ui.scoreLabel.setText(self.presenter.score_words())
        self.ui.scoreRuleLabel.setText(self.presenter.rule_words())
        self.ui.scorePartsLabel.setText(self.presenter.parts_words())
        reasons = self.presenter.reasons()
        self.ui.scoreReasonsLabel.setText(reasons)
        self.ui.scoreReasonsLabel.setVisible(bool(reasons) and self.ui.reasonsButton.isChecked())
        self.ui.reasonsButton.setEnabled(bool(reasons))
        score = self.presenter.score
        self.ui.rateSaveButton.setEnabled(score is not None)
        self.ui.rateSaveButton.setText(self._next_action())

    def _next_action(self) -> str:
        if self.presenter.own_reading is None:
            return _("Save and next case")
        if not self.presenter.unchanged:
            return _("Save as a new reading")
        return _("Next open case") if self.presenter.next_open_case() is not None else _("Go on to Review")

    def _show_wording(self) -> None:
        form = self.presenter.form
        self.ui.wordingLabel.setVisible(form is not None)
        if form is not None:
            told = [_("* Wording not verified.") if form.unverified else "", form.notice, form.source.citation]
            self.ui.wordingLabel.setText(" ".join(part for part in told if part))

    def _show_first_open(self) -> None:
        score = self.presenter.score
        row = self.form.rows.get(score.missing[0]) if score is not None and score.missing else None
        if row is not None:
            self.ui.rateScroll.verticalScrollBar().setValue(0)

    def _say_what_is_missing(self) -> None:
        self.ui.rateSaveButton.setEnabled(False)
        if self.session.study is None:
            self.message.info(_("No study is open."), next=_("Open or create one in the first step."))
        elif not self.session.cases:
            self.message.info(_("This study has no exams yet."), next=_("Import some in the first step."))
        elif self.session.reader is None:
            self.message.info(
                _("Who is reading?"),
                _("Every reading is kept under the name of its reader."),
                _("Enter your name in the first step."),
            )

    def _tick(self) -> None:
        position = qt.QCursor.pos()
        seen = (position.x(), position.y(), self._stage.positions())
        if seen != self._seen:
            self._seen = seen
            self.presenter.touch()
        self.ui.rateTimerLabel.setText(self.presenter.time_words())
