"""How a finetune trains: mode, epochs, and behind More the few options worth having."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..i18n import tr as _
from ..ui_files import Ui, fill_choices, set_quietly
from .options import LEARNING_RATES, SAMPLINGS, mode_help, rate_words, sampling_words
from .presenter import FinetunePresenter


class HowPart:
    """Drives the section How in Finetune.ui."""

    def __init__(
        self,
        ui: Ui,
        presenter: FinetunePresenter,
        *,
        changed: Callable[[], None],
        mode_changed: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._presenter = presenter
        self._changed = changed
        self._mode_changed = mode_changed
        self._values: dict[str, list[Any]] = {}
        ui.moreFrame.setVisible(False)
        ui.moreButton.connect("toggled(bool)", self._more_toggled)
        ui.modeCombo.connect("currentIndexChanged(int)", self._mode_chosen)
        for combo in (ui.learningRateCombo, ui.samplingCombo):
            combo.connect("currentIndexChanged(int)", self._chosen)
        for spin in (ui.epochsSpin, ui.stepsSpin, ui.seedSpin, ui.patienceSpin, ui.fromStageSpin):
            spin.connect("valueChanged(int)", self._chosen)

    def show(self) -> None:
        """Show what is chosen."""
        ui, choices = self._ui, self._presenter.choices
        self._values["mode"] = fill_choices(ui.modeCombo, self._presenter.modes(), current=choices.mode)
        self._values["rate"] = fill_choices(
            ui.learningRateCombo, [(rate_words(rate), rate) for rate in LEARNING_RATES], current=choices.learning_rate
        )
        self._values["sampling"] = fill_choices(
            ui.samplingCombo, [(sampling_words(one), one) for one in SAMPLINGS], current=choices.sampling
        )
        for spin, value in (
            (ui.epochsSpin, choices.epochs),
            (ui.stepsSpin, choices.steps_per_epoch),
            (ui.seedSpin, choices.seed),
            (ui.patienceSpin, choices.patience),
            (ui.fromStageSpin, choices.from_stage),
        ):
            set_quietly(spin, "setValue", value)
        for widget in (ui.fromStageLabel, ui.fromStageSpin):
            widget.setVisible(choices.mode == "partial")
        ui.modeHelpLabel.setText(mode_help(choices.mode))

    def _mode_chosen(self, index: int) -> None:
        self._presenter.choose_mode(self._values["mode"][index])
        self._mode_changed()

    def _chosen(self) -> None:
        ui, choices = self._ui, self._presenter.choices
        choices.epochs, choices.steps_per_epoch = ui.epochsSpin.value, ui.stepsSpin.value
        choices.seed, choices.patience = ui.seedSpin.value, ui.patienceSpin.value
        choices.from_stage = ui.fromStageSpin.value
        choices.learning_rate = self._values["rate"][ui.learningRateCombo.currentIndex]
        choices.sampling = self._values["sampling"][ui.samplingCombo.currentIndex]
        self._changed()

    def _more_toggled(self, on: bool) -> None:
        self._ui.moreFrame.setVisible(on)
        self._ui.moreButton.setText(_("Fewer options ▴") if on else _("More options ▾"))
