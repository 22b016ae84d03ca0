"""The second step: rate the image quality of the case in view, by mouse or keyboard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import qt

from ...quality.form import Item
from ...workflow.unsaved_form import Answer
from ..case_bar import CaseBar
from ..i18n import tr as _
from ..keys import KeyBinding, KeyMode
from ..message_card import MessageCard
from ..session import Session
from ..stage import Stage
from ..ui_files import Ui
from .decision_view import DecisionView
from .form_view import FormView
from .predicted import PredictedCases
from .presenter import RatePresenter
from .reader_clock import ReaderClock
from .save_part import SavePart
from .score_card import ScoreCard
from .views_part import ViewsPart
from .worklist_bar import WorklistBar, nothing_waits

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
        self.decision = DecisionView(self.ui, self.presenter, self.form)
        self.card = ScoreCard(self.ui, self.presenter, self.predicted, session)
        self.saving = SavePart(
            self.ui,
            session,
            self.presenter,
            self.card,
            self.message,
            show_case=self._case_changed,
            go_to=go_to,
        )
        self.worklists = WorklistBar(self.ui.worklistCombo, self.presenter, self._worklist_chosen)
        self.views = ViewsPart(self.ui, session, self.presenter, stage)
        self.clock = ReaderClock(self.ui, self.presenter, stage)
        self.keys = keys
        self.entered = False
        self._stage = stage
        self.cases = CaseBar(
            session,
            combo=self.ui.rateCaseCombo,
            previous=self.ui.ratePreviousButton,
            following=self.ui.rateNextButton,
        )
        self._predict_timer = qt.QTimer()
        self._predict_timer.setInterval(PREDICT_MS)
        self._predict_timer.connect("timeout()", self._poll_predicted)
        self.ui.reasonsButton.connect("toggled(bool)", lambda _on: self._show_answers())
        session.study_changed.connect(self._study_changed)
        session.reader_changed.connect(self._case_changed)
        session.case_changed.connect(lambda _case: self._case_changed())
        session.records_changed.connect(self._case_changed)
        session.predictors_changed.connect(self.predicted.forget)

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
            KeyBinding(key="Ctrl+Return", text=_("Save and next case"), action=self.saving.save_and_next),
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
        self.clock.start()

    def exit(self) -> None:
        """The panel is hidden: time and keys off; answers stay."""
        self.entered = False
        self.keys.off()
        self.clock.stop()

    def cleanup(self) -> None:
        """The module is closed."""
        self.exit()
        self._predict_timer.stop()
        self.predicted.close()

    # ------------------------------------------------------------------ inside

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
        self.views.show()
        self.decision.show()
        self._show_answers()
        self._show_wording()
        others = self.presenter.other_readings()
        self.ui.otherReadingsFrame.setVisible(bool(others))
        self.ui.otherReadingsLabel.setText(others)
        self.keys.on(self.bindings())
        self.clock.tick()
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
        self.decision.show_values()
        self.card.show()
        self.saving.show()

    def _show_wording(self) -> None:
        form = self.presenter.form
        self.ui.wordingLabel.setVisible(form is not None)
        if form is not None:
            told = [_("* Wording not verified.") if form.unverified else "", form.notice, form.source.citation]
            self.ui.wordingLabel.setText(" ".join(part for part in told if part))

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

    def _poll_predicted(self) -> None:
        if self.predicted.poll() and self.entered:
            self.card.show_predicted()
        if not self.predicted.working:
            self._predict_timer.stop()
