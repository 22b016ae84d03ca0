"""How cases are read: which are read again, and which predicted quality readers see, when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...common.errors import UserError
from ...study.settings import RepeatPlan
from ...study.study import Study
from ...workflow.study_predictors import (
    StudyPredictor,
    drop_predictor,
    keep_predictor,
    study_predictors,
    title_of,
)
from ...workflow.worklists import planned_repeats
from ..i18n import tr as _
from ..message_card import MessageCard
from ..session import Session
from ..ui_files import Ui, fill_choices, set_quietly
from ..words import number_words, role_words


class ReadingsPart:
    """Drives the section Readings of Study.ui.

    Args:
        choose_file: asks for a file; None when the user thought better of it.
    """

    def __init__(
        self, ui: Ui, session: Session, message: MessageCard, choose_file: Callable[[str], Path | None]
    ) -> None:
        self.session = session
        self._ui = ui
        self._message = message
        self._choose_file = choose_file
        self._names: list[str] = []
        ui.repeatShareSpin.connect("valueChanged(int)", self._plan_changed)
        ui.repeatDaysSpin.connect("valueChanged(int)", self._plan_changed)
        ui.addPredictorButton.connect("clicked()", self.add)
        ui.removePredictorButton.connect("clicked()", self.remove)
        ui.assistedCheck.connect("toggled(bool)", self._assisted_toggled)

    def show(self, study: Study) -> None:
        """Show what is set."""
        ui, plan = self._ui, study.settings.repeats
        set_quietly(ui.repeatShareSpin, "setValue", round(100 * plan.share))
        set_quietly(ui.repeatDaysSpin, "setValue", plan.after_days)
        ui.repeatDaysSpin.setEnabled(plan.share > 0)
        ui.repeatSentenceLabel.setText(_repeat_sentence(len(planned_repeats(study))))
        set_quietly(ui.assistedCheck, "setChecked", study.settings.assisted)
        try:
            found = study_predictors(study)
        except UserError as error:
            found = []
            self._message.problem(error)
        choices = [(_predictor_words(study, one), one.name) for one in found]
        self._names = fill_choices(ui.predictorCombo, choices or [(_("None"), "")])
        ui.predictorCombo.setEnabled(bool(found))
        ui.removePredictorButton.setEnabled(bool(found))
        ui.predictorCombo.setToolTip(ui.predictorCombo.currentText)
        ui.assistedSentenceLabel.setText(_assisted_sentence(study.settings.assisted))

    def add(self) -> None:
        """Ask for a predictor's file and keep a copy in the study."""
        path = self._choose_file(_("Quality predictor, a file that train-predictor wrote"))
        if path is None:
            return
        with self.session.telling_failures():
            keep_predictor(self.session.needed(), path)
            self._predictors_changed()

    def remove(self) -> None:
        """Take the chosen predictor out of the study."""
        index = self._ui.predictorCombo.currentIndex
        if 0 <= index < len(self._names) and self._names[index]:
            drop_predictor(self.session.needed(), self._names[index])
            self._predictors_changed()

    def _predictors_changed(self) -> None:
        self.session.predictors_changed.emit()
        self.session.refresh()

    def _plan_changed(self) -> None:
        share, days = self._ui.repeatShareSpin.value / 100, self._ui.repeatDaysSpin.value
        self._save(repeats=RepeatPlan(share=share, after_days=days))

    def _assisted_toggled(self, on: bool) -> None:
        self._save(assisted=on)

    def _save(self, **changed: object) -> None:
        study = self.session.needed()
        with self.session.telling_failures():
            self.session.save_settings(study.settings.model_copy(update=changed))


def _repeat_sentence(count: int) -> str:
    if count == 0:
        return _("No case is read again.")
    told = _("Each reader reads 1 case again") if count == 1 else _("Each reader reads {count} cases again")
    return _("{told}, without seeing the first reading: list To repeat in Rate.").format(
        told=told.format(count=count)
    )


def _assisted_sentence(assisted: bool) -> str:
    if assisted:
        return _("Readers see predicted quality and models' answers before they have decided, which may sway them.")
    return _("Readers see predicted quality and models' answers once their own are saved.")


def _predictor_words(study: Study, one: StudyPredictor) -> str:
    predictor = one.predictor
    role, error = role_words(predictor.role), number_words(predictor.cross_validated.mae)
    if predictor.simulated:
        return _("{role} quality, from simulated faults (mean error {error})").format(role=role, error=error)
    return _("{title}, from readings (mean error {error})").format(title=title_of(study, predictor), error=error)
