"""Drawing a split by patient."""

from __future__ import annotations

from ...study.quality import strata
from ...study.study import Study
from ..i18n import tr as _
from ..session import Session
from ..ui_files import Ui
from .case_rows import latest_split

SPLIT_NAME = "split {number}"


class SplitPart:
    """Drives the section Split of Study.ui."""

    def __init__(self, ui: Ui, session: Session) -> None:
        self.session = session
        self._ui = ui
        ui.trainSpin.connect("valueChanged(int)", self._show_held_out)
        ui.validateSpin.connect("valueChanged(int)", self._show_held_out)
        ui.splitButton.connect("clicked()", self.draw)

    def draw(self) -> None:
        """Draw a split by patient with the shares shown."""
        study = self.session.needed()
        train, validate = self._ui.trainSpin.value / 100, self._ui.validateSpin.value / 100
        number = len(study.splits.all()) + 1
        with self.session.telling_failures():
            study.splits.create(
                SPLIT_NAME.format(number=number),
                seed=number,
                fractions={"train": train, "validate": validate, "test": 1 - train - validate},
                case_ids=[case.id for case in self.session.cases],
                strata=strata(study),
            )
            self.session.refresh()

    def show(self, study: Study) -> None:
        """Show the split drawn last."""
        split = latest_split(study)
        self._ui.splitButton.setEnabled(len(self.session.cases) > 1)
        if split is None:
            self._ui.splitSentenceLabel.setText(_("Without a split, every case may be trained on."))
            return
        self._ui.splitSentenceLabel.setText(
            _("{train} cases to train on, {validate} to validate on, {test} held out for measuring.").format(
                train=len(split.part("train")), validate=len(split.part("validate")), test=len(split.part("test"))
            )
        )

    def _show_held_out(self) -> None:
        held_out = max(0, 100 - self._ui.trainSpin.value - self._ui.validateSpin.value)
        self._ui.validateSpin.setMaximum(100 - self._ui.trainSpin.value)
        self._ui.testValueLabel.setText(str(held_out))
