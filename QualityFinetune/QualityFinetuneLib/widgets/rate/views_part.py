"""Which series the views show while quality is rated."""

from __future__ import annotations

from ..session import Session
from ..stage import Stage
from ..ui_files import Ui, fill_choices
from .presenter import RatePresenter


class ViewsPart:
    """Drives the choice of views in Rate.ui."""

    def __init__(self, ui: Ui, session: Session, presenter: RatePresenter, stage: Stage) -> None:
        self.session = session
        self._ui = ui
        self._presenter = presenter
        self._stage = stage
        self._views: list[str] = []
        ui.rateViewCombo.connect("currentIndexChanged(int)", self._chosen)

    def show(self) -> None:
        """Show the images of the case in view."""
        study, case = self.session.study, self.session.case
        if study is None or case is None:
            fill_choices(self._ui.rateViewCombo, [])
            return
        choices = self._stage.arrangements(study, case)
        self._views = fill_choices(self._ui.rateViewCombo, choices, current=self._stage.arrangement)
        with self.session.telling_failures():
            self._stage.show_case(study, case, arrangement=self._stage.arrangement)

    def _chosen(self, index: int) -> None:
        study, case = self.session.study, self.session.case
        if study is not None and case is not None and 0 <= index < len(self._views):
            self._presenter.touch()
            with self.session.telling_failures():
                self._stage.show_case(study, case, arrangement=self._views[index])
