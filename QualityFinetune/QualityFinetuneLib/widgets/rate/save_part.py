"""Save a reading, a repeat or a decision, say so, and go on to the next case."""

from __future__ import annotations

from collections.abc import Callable

from ...common.errors import UserError
from ..i18n import tr as _
from ..message_card import MessageCard
from ..session import Session
from ..ui_files import Ui
from . import predicted_words
from .presenter import RatePresenter, Saved
from .score_card import ScoreCard, second_looks
from .worklist_bar import nothing_waits


class SavePart:
    """Drives the button at the foot of Rate.ui.

    Args:
        show_case: shows the case in view anew, after the last one of a list.
        go_to: shows another step.
    """

    def __init__(
        self,
        ui: Ui,
        session: Session,
        presenter: RatePresenter,
        card: ScoreCard,
        message: MessageCard,
        *,
        show_case: Callable[[], None],
        go_to: Callable[[str], None],
    ) -> None:
        self.session = session
        self._ui = ui
        self._presenter = presenter
        self._card = card
        self._message = message
        self._show_case = show_case
        self._go_to = go_to
        ui.rateSaveButton.connect("clicked()", self.save_and_next)

    def save_and_next(self) -> None:
        """Save and bring the next case of the list into view; with nothing to save, only go on."""
        if self._presenter.unchanged:
            self._only_go_on()
            return
        repeat = self._presenter.repeat
        try:
            saved = self._presenter.save()
        except UserError as error:
            self._message.problem(error)
            return
        following = self._presenter.next_open_case()
        if following is not None:
            self.session.show_case(following)
        else:
            self._show_case()
        self._ui.rateScroll.verticalScrollBar().setValue(0)
        self._tell(saved, repeat=repeat, last=following is None)

    def show(self) -> None:
        """Say on the button what it does next."""
        self._ui.rateSaveButton.setEnabled(self._presenter.filling is not None)
        self._ui.rateSaveButton.setText(self._next_action())

    def _only_go_on(self) -> None:
        following = self._presenter.next_open_case()
        if following is not None:
            self.session.show_case(following)
        else:
            self._go_to("Review")

    def _next_action(self) -> str:
        presenter = self._presenter
        if presenter.decision is not None:
            return _("Save the decision and next case")
        if presenter.repeat:
            return _("Save the repeat and next case")
        if presenter.own_reading is None:
            return _("Save and next case")
        if not presenter.unchanged:
            return _("Save as a new reading")
        return _("Next open case") if presenter.next_open_case() is not None else _("Go on to Review")

    def _tell(self, saved: Saved, *, repeat: int, last: bool) -> None:
        score = "–" if saved.exam_score is None else saved.exam_score
        told = _("Saved: score {score}.").format(score=score)
        looks = second_looks(self._card.sides(saved.case_id, repeat=repeat))
        if looks and not repeat:
            case = next(case for case in self.session.cases if case.id == saved.case_id)
            self._message.warn(
                _("{case} is saved. {looks}").format(
                    case=self.session.label(case), looks=" ".join(predicted_words.sentence(one) for one in looks)
                ),
                next=_("Go back to it, or leave it as it is; your reading stands."),
            )
        elif not last:
            self._message.info(_("{told} This is the next case.").format(told=told))
        else:
            title, following = nothing_waits(
                "not_rated" if self._presenter.worklist == "all" else self._presenter.worklist
            )
            self._message.done(title, next=following)
