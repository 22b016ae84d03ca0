"""Predict: which task, with which model or weights file, on which cases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..i18n import tr as _
from ..tables import check_rows, checked_rows, fill_table, name_column
from ..ui_files import Ui, fill_choices, set_quietly
from .presenter import ResultsPresenter

OUTLINE_COLUMN = 2


class PredictPart:
    """Drives the section Predict of Results.ui.

    Args:
        choose_file: asks for a file; None when the user thought better of it.
        task_changed: another task was chosen by the user.
        changed: called when what can be started may have changed.
    """

    def __init__(
        self,
        ui: Ui,
        presenter: ResultsPresenter,
        *,
        choose_file: Callable[[str], Path | None],
        task_changed: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._presenter = presenter
        self._choose_file = choose_file
        self._task_changed = task_changed
        self._changed = changed
        self._task_names: list[str] = []
        ui.predictTaskCombo.connect("currentIndexChanged(int)", self._task_chosen)
        ui.predictModelCombo.connect("currentIndexChanged(int)", self._model_chosen)
        ui.predictTable.connect("itemChanged(QTableWidgetItem*)", lambda _item: self._changed())
        ui.selectUntrainedButton.connect("clicked()", self.select_untrained)
        ui.selectNoneButton.connect("clicked()", self._select_none)
        ui.predictWeightsEdit.connect("editingFinished()", self._weights_typed)
        ui.predictWeightsButton.connect("clicked()", self._choose_weights)
        ui.predictTermsCheck.connect("toggled(bool)", self._terms_toggled)
        ui.predictUncertaintyCheck.connect("toggled(bool)", self._uncertainty_toggled)

    @property
    def chosen(self) -> list[int]:
        """Indexes of the checked cases."""
        return checked_rows(self._ui.predictTable)

    def show(self) -> None:
        """Show tasks, models and cases; checks stay."""
        presenter, ui = self._presenter, self._ui
        checked = self.chosen
        self._task_names = fill_choices(
            ui.predictTaskCombo, [(task.title, task.name) for task in presenter.tasks], current=presenter.task.name
        )
        fill_choices(
            ui.predictModelCombo,
            [(one.text, number) for number, one in enumerate(presenter.predictors)],
            current=presenter.predictor,
        )
        rows = presenter.predict_rows()
        name_column(ui.predictTable, OUTLINE_COLUMN, _("Outline") if presenter.task.segments else _("Answer"))
        fill_table(ui.predictTable, rows, checked=[number in checked for number in range(len(rows))])
        ui.predictUncertaintyCheck.setVisible(presenter.task.segments)
        self._show_weights()

    def show_button(self, *, possible: bool) -> None:
        """Say on the button how many cases it predicts, and why it cannot where it cannot."""
        count, problem = len(self.chosen), self._presenter.predict_problem()
        self._ui.predictButton.setEnabled(possible and count > 0 and not problem)
        self._ui.predictButton.setText(
            _("Predict 1 case") if count == 1 else _("Predict {count} cases").format(count=count)
        )
        self._ui.predictProblemLabel.setText(problem)
        self._ui.predictProblemLabel.setVisible(bool(problem))

    def select_untrained(self) -> None:
        """Check the cases that the chosen model has never seen."""
        check_rows(self._ui.predictTable, self._presenter.untrained())
        self._changed()

    def _select_none(self) -> None:
        check_rows(self._ui.predictTable, [])
        self._changed()

    def _show_weights(self) -> None:
        card, ui = self._presenter.file_card, self._ui
        for widget in (ui.predictWeightsLabel, ui.predictWeightsFrame, ui.predictTermsCheck):
            widget.setVisible(card is not None)
        if card is None:
            return
        ui.predictWeightsEdit.setToolTip(card.weights.how_to_get)
        ui.predictTermsCheck.setToolTip(card.licence)
        weights = self._presenter.weights
        set_quietly(ui.predictWeightsEdit, "setText", str(weights) if weights is not None else "")
        set_quietly(ui.predictTermsCheck, "setChecked", self._presenter.terms_accepted)

    def _task_chosen(self, index: int) -> None:
        self._presenter.choose_task(self._task_names[index])
        self._task_changed()
        self.select_untrained()

    def _model_chosen(self, index: int) -> None:
        self._presenter.choose_predictor(index)
        self._show_weights()
        self.select_untrained()

    def _weights_typed(self) -> None:
        text = self._ui.predictWeightsEdit.text.strip()
        self._presenter.weights = Path(text) if text else None
        self._changed()

    def _choose_weights(self) -> None:
        path = self._choose_file(_("Finetuned weights file"))
        if path is not None:
            self._ui.predictWeightsEdit.setText(str(path))
            self._weights_typed()

    def _terms_toggled(self, on: bool) -> None:
        self._presenter.terms_accepted = on
        self._changed()

    def _uncertainty_toggled(self, on: bool) -> None:
        self._presenter.uncertainty = on
