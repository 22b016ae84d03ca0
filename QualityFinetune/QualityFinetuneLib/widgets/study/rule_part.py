"""What high quality means in this study, and whether names are hidden."""

from __future__ import annotations

from typing import Any

from ...study.study import Study
from ..session import Session
from ..ui_files import Ui, fill_choices, set_quietly
from . import quality_settings


class RulePart:
    """Drives the section Quality of Study.ui."""

    def __init__(self, ui: Ui, session: Session) -> None:
        self.session = session
        self._ui = ui
        self._protocols: list[Any] = []
        self._thresholds: list[Any] = []
        ui.protocolCombo.connect("currentIndexChanged(int)", self._protocol_chosen)
        ui.thresholdCombo.connect("currentIndexChanged(int)", self._threshold_chosen)
        ui.blindedCheck.connect("toggled(bool)", self._blinded_toggled)

    def show(self, study: Study) -> None:
        """Show what is set."""
        ui, settings = self._ui, study.settings
        self._protocols = fill_choices(ui.protocolCombo, quality_settings.protocols(), current=settings.protocol)
        self._thresholds = fill_choices(
            ui.thresholdCombo, quality_settings.thresholds(settings), current=settings.quality_rule.threshold
        )
        ui.ruleSentenceLabel.setText(quality_settings.rule_sentence(settings))
        set_quietly(ui.blindedCheck, "setChecked", settings.blinded)

    def _protocol_chosen(self, index: int) -> None:
        study = self.session.needed()
        with self.session.telling_failures():
            self.session.save_settings(study.settings.model_copy(update={"protocol": self._protocols[index]}))

    def _threshold_chosen(self, index: int) -> None:
        study = self.session.needed()
        with self.session.telling_failures():
            self.session.save_settings(quality_settings.with_threshold(study.settings, self._thresholds[index]))

    def _blinded_toggled(self, on: bool) -> None:
        study = self.session.needed()
        with self.session.telling_failures():
            self.session.save_settings(study.settings.model_copy(update={"blinded": on}))
