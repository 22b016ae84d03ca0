"""Answering a question about the whole exam: the reader's own answer, then what a model and others said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...common.errors import UserError
from ..i18n import tr as _
from ..keys import KeyBinding
from ..message_card import MessageCard
from ..session import Session
from ..ui_files import Ui
from ..words import answer_status_words
from . import answer_words
from .answer_presenter import AnswerPresenter
from .answer_view import AnswerView, Numbers


class AnswerPart:
    """Drives what is about answers in Review.ui.

    Args:
        refresh: shows the whole panel anew.
        go_on: brings the next case after something that was told in these words, with a remark that deserves a look.
        leave: goes on without an answer.
    """

    def __init__(
        self,
        ui: Ui,
        session: Session,
        presenter: AnswerPresenter,
        message: MessageCard,
        *,
        refresh: Callable[[], None],
        go_on: Callable[..., None],
        leave: Callable[[], None],
    ) -> None:
        self.session = session
        self.presenter = presenter
        self.view = AnswerView(ui.answerHolder.layout(), entered=self._entered, done=self.primary)
        self._ui = ui
        self._message = message
        self._refresh = refresh
        self._go_on = go_on
        self._leave = leave
        ui.revealButton.connect("clicked()", self.reveal)

    # ------------------------------------------------------------------ what the user does

    def primary(self) -> None:
        """Save the answer and go on; one that is saved already is only left."""
        if self.view.problem:
            self._show_problem()
            return
        if self.presenter.unchanged:
            self._leave()
            return
        if self.presenter.empty:
            if self.presenter.sees_model and self.presenter.standing.own is None:
                self._take_over()
            else:
                return
        case, agreed = self.session.case, self.presenter.agrees
        try:
            self.presenter.save()
        except UserError as error:
            self._message.problem(error)
            return
        told = _("Accepted.") if agreed else _("Saved.")
        self._go_on(told, remark=self._second_look(), of=case)

    def secondary(self) -> None:
        """Discard the model's answer; the reader's own is still asked for."""
        try:
            self.presenter.reject()
        except UserError as error:
            self._message.problem(error)
            return
        self._refresh()
        self._message.info(
            _("The model's answer is rejected; it stays in the history."), next=_("Give your own, or go on.")
        )

    def reveal(self) -> None:
        """Show the model's answer before the reader has answered."""
        self.presenter.reveal()
        self._refresh()

    def bindings(self) -> list[KeyBinding]:
        """Keys of an answer: those of its rows, and to see the model's."""
        show = KeyBinding(key="S", text=_("Show the model's answer"), action=self._reveal_if_offered)
        return [*self.view.bindings(), show]

    # ------------------------------------------------------------------ what is shown

    def show(self) -> None:
        """Show the answer, and what others said as far as the reader may see it."""
        ui, presenter, session = self._ui, self.presenter, self.session
        study, case_id, task = session.study, session.case_id, presenter.task
        there = study is not None and case_id is not None and session.reader is not None and task is not None
        ui.answerFrame.setVisible(there)
        ui.versionFrame.setVisible(False)
        _tell(ui.historyLabel, "")
        ui.historyHeadingLabel.setVisible(False)
        if study is None or case_id is None or task is None or session.reader is None:
            return
        self.view.show(task, presenter.numbers, of=(session.reader.id, case_id))
        own = presenter.standing.own
        ui.answerStatusLabel.setText(
            _("{task}: {status}").format(
                task=task.title, status=answer_status_words(own) if own is not None else _("your answer")
            )
        )
        _tell(ui.answerHintLabel, answer_words.derived(study, case_id, task))
        self._show_problem()
        self._show_others()

    def show_buttons(self) -> None:
        """Say what happens next."""
        ui, presenter = self._ui, self.presenter
        judging = presenter.sees_model and presenter.standing.own is None
        ui.rejectButton.setText(_("Reject the draft"))
        ui.rejectButton.setToolTip(_("The model's answer is wrong; it stays in the history"))
        ui.rejectButton.setEnabled(judging)
        there = self.session.case is not None and self.session.reader is not None
        ui.acceptButton.setEnabled(
            there and not self.view.problem and (not presenter.empty or presenter.unchanged or judging)
        )
        ui.acceptButton.setText(self._next_action(judging=judging))
        for choice in (ui.reviewTaskCombo, ui.reviewCaseCombo):
            choice.setEnabled(True)

    def done(self) -> set[int]:
        """Cases that the reader has answered."""
        return self.presenter.answered()

    def following(self) -> int | None:
        """The next case that the reader has not answered."""
        return self.presenter.next_open_case()

    # ------------------------------------------------------------------ inside

    def _next_action(self, *, judging: bool) -> str:
        presenter = self.presenter
        if presenter.unchanged:
            return _("Next open case") if self.following() is not None else _("Go on to Finetune")
        if presenter.standing.own is not None:
            return _("Save as a new answer")
        if presenter.empty and not judging:
            return _("Type the number first") if presenter.asks_numbers else _("Choose an answer first")
        if judging and (presenter.empty or presenter.agrees):
            return _("Accept and next case")
        return _("Save and next case")

    def _show_others(self) -> None:
        ui, presenter = self._ui, self.presenter
        study, task, standing = self.session.needed(), presenter.task, presenter.standing
        assert task is not None
        hidden = standing.draft is not None and not presenter.sees_model
        ui.revealButton.setVisible(hidden)
        if hidden:
            _tell(ui.modelAnswerLabel, _("A model has answered too. You see it once you have saved your own answer."))
        elif standing.draft is not None:
            _tell(
                ui.modelAnswerLabel,
                _("The model says: {told}").format(told=answer_words.model_says(task, standing.draft)),
            )
        else:
            _tell(ui.modelAnswerLabel, "")
        ui.modelAnswerCard.setVisible(standing.draft is not None)
        others = answer_words.others_say(study, task, standing.others) if presenter.committed else ""
        _tell(ui.otherAnswersLabel, others)
        ui.otherAnswersFrame.setVisible(bool(others))
        case_id = self.session.case_id
        history = study.answers.history(case_id, task.name) if presenter.committed and case_id is not None else []
        _tell(ui.historyLabel, answer_words.history(study, task, history))
        ui.historyHeadingLabel.setVisible(bool(history))

    def _show_problem(self) -> None:
        _tell(self._ui.answerProblemLabel, self.view.problem)

    def _entered(self, numbers: Numbers) -> None:
        self.presenter.enter(numbers)
        if self.presenter.task is not None:
            reader = self.session.reader
            of = (reader.id if reader is not None else None, self.session.case_id)
            self.view.show(self.presenter.task, self.presenter.numbers, of=of)
        self._show_problem()
        self.show_buttons()

    def _take_over(self) -> None:
        draft = self.presenter.standing.draft
        assert draft is not None and self.presenter.task is not None
        self.presenter.enter(tuple(draft.values.values()))

    def _second_look(self) -> str:
        """Where the model says something else than the reader just did; empty where it does not."""
        task, standing = self.presenter.task, self.presenter.standing
        if task is None or standing.own is None or standing.draft is None or task.answer == "values":
            return ""
        own, model = answer_words.said(task, standing.own), answer_words.said(task, standing.draft)
        return "" if own == model else _("You said {own}, the model {model}.").format(own=own, model=model)

    def _reveal_if_offered(self) -> None:
        if self._ui.revealButton.isVisible():
            self.reveal()


def _tell(label: Any, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))
