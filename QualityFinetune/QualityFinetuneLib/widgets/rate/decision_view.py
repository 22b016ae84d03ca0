"""A decision between two readings: both side by side under each item that differs, and a note on why."""

from __future__ import annotations

from ..ui_files import Ui
from . import given_words, score_words
from .form_view import FormView
from .item_row import ItemRow
from .presenter import RatePresenter


class DecisionView:
    """Drives the frames of a decision in Rate.ui, and the notes under the items, which a decision fills."""

    def __init__(self, ui: Ui, presenter: RatePresenter, form: FormView) -> None:
        self._ui = ui
        self._presenter = presenter
        self._form = form
        ui.agreedCheck.connect("toggled(bool)", lambda _on: self.show())
        ui.decisionNoteEdit.connect("textEdited(QString)", self._note_typed)

    def show(self) -> None:
        """Show the items that differ, the others on request; without a decision all of them."""
        decision, ui = self._presenter.decision, self._ui
        ui.decisionFrame.setVisible(decision is not None)
        ui.decisionNoteFrame.setVisible(decision is not None)
        if decision is None:
            self._form.narrow(None)
            for row in self._form.rows.values():
                row.mark(False)
            return
        ui.decisionLabel.setText(given_words.heading(decision))
        if ui.decisionNoteEdit.text != decision.note:
            ui.decisionNoteEdit.setText(decision.note)
        self._form.narrow(None if ui.agreedCheck.isChecked() else decision.differing)
        for name, row in self._form.rows.items():
            row.mark(name in decision.differing)

    def show_values(self) -> None:
        """Show the answers as they are now, and under each what the readers said or the headers tell."""
        decision = self._presenter.decision
        for item_id, row in self._form.rows.items():
            row.show_value(self._presenter.value(item_id))
            if decision is not None:
                row.show_note(given_words.side_by_side(row.item, decision.given(item_id)), rich=True)
            elif row.item.check:
                row.show_note(score_words.finding(self._presenter.filling, item_id))
            else:
                row.show_note(row.plain_note if isinstance(row, ItemRow) else "")

    def _note_typed(self, text: str) -> None:
        if self._presenter.decision is not None:
            self._presenter.decision.note = text
