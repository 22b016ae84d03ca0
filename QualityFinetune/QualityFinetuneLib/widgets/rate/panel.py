"""The second step: rate the image quality of the case in view, by mouse or keyboard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import qt

from ...common.errors import UserError
from ...quality.form import Item
from ...workflow.unsaved_form import Answer
from ..case_bar import CaseBar
from ..i18n import tr as _
from ..keys import KeyBinding, KeyMode
from ..message_card import MessageCard
from ..session import Session
from ..stage import Stage
from ..ui_files import Ui, fill_choices
from . import given_words, predicted_words, score_words
from .form_view import FormView
from .predicted import PredictedCases
from .presenter import RatePresenter, Saved
from .score_card import ScoreCard, second_looks
from .worklist_bar import WorklistBar, nothing_waits

CLOCK_MS = 1000
PREDICT_MS = 200


class RatePanel:
    """Drives Rate.ui.

    Args:
        session: the study, reader and case in common.
        stage: shows the images.
        keys: the keyboard mode of this panel.
        go_to: shows another step.
        presenter: replaced in tests that need their own clock.
        predicted: replaced in tests.
    """

    def __init__(
        self,
        session: Session,
        *,
        stage: Stage,
        keys: KeyMode,
        go_to: Callable[[str], None],
        presenter: RatePresenter | None = None,
        predicted: PredictedCases | None = None,
    ) -> None:
        self.session = session
        self.presenter = presenter or RatePresenter(session)
        self.predicted = predicted or PredictedCases(session)
        self.ui = Ui("Rate")
        self.widget = self.ui.widget
        self.message = MessageCard(self.ui.rateMessageFrame)
        self.form = FormView(self.ui.formHolder.layout(), self._answered)
        self.card = ScoreCard(self.ui, self.presenter, self.predicted, session)
        self.worklists = WorklistBar(self.ui.worklistCombo, self.presenter, self._worklist_chosen)
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
        self._clock = _timer(CLOCK_MS, self._tick)
        self._predict_timer = _timer(PREDICT_MS, self._poll_predicted)
        self._connect()

    # ------------------------------------------------------------------ what the user does

    def save_and_next(self) -> None:
        """Save and bring the next case of the list into view; with nothing to save, only go on."""
        if self.presenter.unchanged:
            following = self.presenter.next_open_case()
            if following is not None:
                self.session.show_case(following)
            else:
                self._go_to("Review")
            return
        repeat = self.presenter.repeat
        try:
            saved = self.presenter.save()
        except UserError as error:
            self.message.problem(error)
            self.ui.rateScroll.verticalScrollBar().setValue(0)
            return
        following = self.presenter.next_open_case()
        if following is not None:
            self.session.show_case(following)
        else:
            self._case_changed()
        self.ui.rateScroll.verticalScrollBar().setValue(0)
        self._tell_saved(saved, repeat=repeat, last=following is None)

    def bindings(self) -> list[KeyBinding]:
        """The keys of this step: one for each item that has one, and those for saving and stepping."""
        found: list[KeyBinding] = []
        filling = self.presenter.filling
        if filling is not None:
            for item in filling.form.items(filling.protocol):
                if item.key is not None and item.kind == "bool":
                    found.append(KeyBinding(key=item.key, text=item.label, action=partial(self._toggle, item)))
        return [
            *found,
            KeyBinding(key="Ctrl+Return", text=_("Save and next case"), action=self.save_and_next),
            KeyBinding(key="Ctrl+PgUp", text=_("Previous case"), action=lambda: self.cases.step(-1)),
            KeyBinding(key="Ctrl+PgDown", text=_("Next case"), action=lambda: self.cases.step(1)),
        ]

    # ------------------------------------------------------------------ shown, hidden, closed

    def enter(self) -> None:
        """The panel is shown: bring a case into view, time and keys on."""
        self.entered = True
        self._stage.veil(True)
        shown = self.session.case_id
        if shown is not None and shown not in self.presenter.ids():
            self.presenter.worklist = "all"  # somebody came here for this very case
        if shown is None and self.session.cases:
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
        self._predict_timer.stop()
        self.predicted.close()

    # ------------------------------------------------------------------ inside

    def _connect(self) -> None:
        ui, session = self.ui, self.session
        ui.rateViewCombo.connect("currentIndexChanged(int)", self._view_chosen)
        ui.rateSaveButton.connect("clicked()", self.save_and_next)
        ui.reasonsButton.connect("toggled(bool)", lambda _on: self._show_answers())
        ui.agreedCheck.connect("toggled(bool)", lambda _on: self._show_decision())
        ui.decisionNoteEdit.connect("textEdited(QString)", self._note_typed)
        session.study_changed.connect(self._study_changed)
        session.reader_changed.connect(self._case_changed)
        session.case_changed.connect(lambda _case: self._case_changed())
        session.records_changed.connect(self._case_changed)
        session.predictors_changed.connect(self.predicted.forget)

    def _study_changed(self) -> None:
        self.presenter.forget()
        self.presenter.worklist = "all"
        self.predicted.forget()
        self.message.clear()
        self._case_changed()

    def _worklist_chosen(self) -> None:
        ids = self.presenter.ids()
        if ids and self.session.case_id not in ids:
            self.session.show_case(ids[0])
        self._case_changed()

    def _case_changed(self) -> None:
        if not self.entered:
            return
        self.message.clear()
        filling = self.presenter.load()
        self.form.show(filling.form if filling else None, filling.protocol if filling else "bpmri")
        self.worklists.show()
        self._show_cases()
        self._show_images()
        self._show_decision()
        self._show_answers()
        self._show_wording()
        others = self.presenter.other_readings()
        self.ui.otherReadingsFrame.setVisible(bool(others))
        self.ui.otherReadingsLabel.setText(others)
        self.keys.on(self.bindings())
        self._tick()
        if filling is None:
            self._say_what_is_missing()
        elif self.presenter.decision is None:
            self.predicted.want(self.session.case_id)
            self._predict_timer.start()

    def _show_cases(self) -> None:
        only = None if self.presenter.worklist == "all" else self.presenter.ids()
        waiting = set(self.presenter.ids("not_rated"))
        done = {case.id for case in self.session.cases} - waiting if self.session.reader is not None else set()
        if self.presenter.worklist in ("repeat", "adjudicate"):
            done = set()
        self.cases.show(done=done, only=only, anonymous=_("Repeat") if self.presenter.worklist == "repeat" else "")

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

    def _note_typed(self, text: str) -> None:
        if self.presenter.decision is not None:
            self.presenter.decision.note = text

    def _show_decision(self) -> None:
        """Both readings side by side under each item that differs; the others on request."""
        decision, ui = self.presenter.decision, self.ui
        ui.decisionFrame.setVisible(decision is not None)
        ui.decisionNoteFrame.setVisible(decision is not None)
        if decision is None:
            self.form.narrow(None)
            for row in self.form.rows.values():
                row.mark(False)
            return
        ui.decisionLabel.setText(given_words.heading(decision))
        if ui.decisionNoteEdit.text != decision.note:
            ui.decisionNoteEdit.setText(decision.note)
        self.form.narrow(None if ui.agreedCheck.isChecked() else decision.differing)
        for name, row in self.form.rows.items():
            row.mark(name in decision.differing)

    def _show_answers(self) -> None:
        decision = self.presenter.decision
        for item_id, row in self.form.rows.items():
            row.show_value(self.presenter.value(item_id))
            if decision is not None:
                row.show_note(given_words.side_by_side(row.item, decision.given(item_id)), rich=True)
            else:
                found = score_words.finding(self.presenter.filling, item_id) if row.item.check else row.plain_note
                row.show_note(found)
        self.card.show()
        self.ui.rateSaveButton.setEnabled(self.presenter.filling is not None)
        self.ui.rateSaveButton.setText(self._next_action())

    def _next_action(self) -> str:
        if self.presenter.decision is not None:
            return _("Save the decision and next case")
        if self.presenter.repeat:
            return _("Save the repeat and next case")
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

    def _tell_saved(self, saved: Saved, *, repeat: int, last: bool) -> None:
        score = "–" if saved.exam_score is None else saved.exam_score
        told = _("Saved: score {score}.").format(score=score)
        looks = second_looks(self.card.sides(saved.case_id, repeat=repeat))
        if looks and not repeat:
            case = next(case for case in self.session.cases if case.id == saved.case_id)
            self.message.warn(
                _("{case} is saved. {looks}").format(
                    case=self.session.label(case), looks=" ".join(predicted_words.sentence(one) for one in looks)
                ),
                next=_("Go back to it, or leave it as it is; your reading stands."),
            )
        elif not last:
            self.message.info(_("{told} This is the next case.").format(told=told))
        else:
            title, following = nothing_waits(
                "not_rated" if self.presenter.worklist == "all" else self.presenter.worklist
            )
            self.message.done(title, next=following)

    def _say_what_is_missing(self) -> None:
        if self.session.study is None:
            self.message.info(_("No study is open."), next=_("Open or create one in the first step."))
        elif not self.session.cases:
            title, following = nothing_waits("all")
            self.message.info(title, next=following)
        elif self.session.reader is None:
            self.message.info(
                _("Who is reading?"),
                _("Every reading is kept under the name of its reader."),
                _("Enter your name in the first step."),
            )
        elif self.presenter.ids():
            self.message.info(_("Choose a case of this list."))
        else:
            title, following = nothing_waits(self.presenter.worklist)
            self.message.info(title, next=following)

    def _tick(self) -> None:
        position = qt.QCursor.pos()
        seen = (position.x(), position.y(), self._stage.positions())
        if seen != self._seen:
            self._seen = seen
            self.presenter.touch()
        decision = self.presenter.decision is not None
        self.ui.rateTimerLabel.setText("" if decision else score_words.time(self.presenter.filling))

    def _poll_predicted(self) -> None:
        if self.predicted.poll() and self.entered:
            self.card.show_predicted()
        if not self.predicted.working:
            self._predict_timer.stop()


def _timer(interval_ms: int, action: Callable[[], None]) -> Any:
    timer = qt.QTimer()
    timer.setInterval(interval_ms)
    timer.connect("timeout()", action)
    return timer
