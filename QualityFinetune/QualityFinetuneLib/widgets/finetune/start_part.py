"""What a finetune starts from: task, model, its card, and the weights that a user brings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..i18n import tr as _
from ..session import Session
from ..ui_files import Ui, fill_choices, set_quietly
from . import card_words
from .presenter import FinetunePresenter


class StartPart:
    """Drives task, model and card in Finetune.ui.

    Args:
        choose_file: asks for a file; None when the user thought better of it.
        changed: another task or model was chosen.
        weights_changed: a weights file or the consent to its terms changed.
    """

    def __init__(
        self,
        ui: Ui,
        session: Session,
        presenter: FinetunePresenter,
        *,
        choose_file: Callable[[str], Path | None],
        changed: Callable[[], None],
        weights_changed: Callable[[], None],
    ) -> None:
        self.session = session
        self._ui = ui
        self._presenter = presenter
        self._choose_file = choose_file
        self._changed = changed
        self._weights_changed = weights_changed
        self._tasks: list[str] = []
        ui.finetuneTaskCombo.connect("currentIndexChanged(int)", self._task_chosen)
        ui.modelCombo.connect("currentIndexChanged(int)", self._model_chosen)
        ui.weightsEdit.connect("editingFinished()", self._weights_typed)
        ui.weightsButton.connect("clicked()", self._choose_weights)
        ui.licenceCheck.connect("toggled(bool)", self._licence_toggled)

    def show(self) -> None:
        """Show the choices, and the card of what is chosen."""
        presenter, ui = self._presenter, self._ui
        self._tasks = fill_choices(
            ui.finetuneTaskCombo,
            [(task.title, task.name) for task in presenter.tasks],
            current=presenter.choices.task,
        )
        fill_choices(
            ui.modelCombo,
            [(one.text, index) for index, one in enumerate(presenter.starts)],
            current=presenter.choices.start,
        )
        start = presenter.start
        ui.modelCardFrame.setVisible(start is not None)
        if start is None:
            return
        if start.model is not None:
            study = self.session.needed()
            run = study.runs.get(start.model.run_id) if start.model.run_id is not None else None
            html = card_words.own_model_html(start.model, run.title if run is not None else "")
        else:
            html = card_words.card_html(start.card)
        ui.modelCardLabel.setText(html)
        asks = start.model is None and card_words.needs_file(start.card) and presenter.choices.mode != "scratch"
        for widget in (ui.weightsLabel, ui.weightsEdit, ui.weightsButton, ui.licenceCheck):
            widget.setVisible(asks)
        ui.weightsEdit.setToolTip(start.card.weights.how_to_get)
        set_quietly(ui.licenceCheck, "setChecked", presenter.choices.licence_accepted)

    def _task_chosen(self, index: int) -> None:
        self._presenter.choose_task(self._tasks[index])
        self._changed()

    def _model_chosen(self, index: int) -> None:
        self._presenter.choices.start = index
        self._presenter.choices.licence_accepted = False
        self._changed()

    def _weights_typed(self) -> None:
        text = self._ui.weightsEdit.text.strip()
        self._presenter.choices.weights = Path(text) if text else None
        self._weights_changed()

    def _choose_weights(self) -> None:
        path = self._choose_file(_("Weights file"))
        if path is not None:
            self._ui.weightsEdit.setText(str(path))
            self._weights_typed()

    def _licence_toggled(self, on: bool) -> None:
        self._presenter.choices.licence_accepted = on
        self._weights_changed()
