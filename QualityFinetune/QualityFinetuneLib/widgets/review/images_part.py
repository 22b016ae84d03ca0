"""The images under review: which series the views show, the outline over them, and where the model was unsure."""

from __future__ import annotations

from ...workflow.uncertainty import uncertainty_of
from ..i18n import tr as _
from ..session import Session
from ..stage import Stage
from ..ui_files import Ui, fill_choices
from .presenter import ReviewPresenter


class ImagesPart:
    """Drives the choice of views and the display of the segmentation in Review.ui."""

    def __init__(self, ui: Ui, session: Session, presenter: ReviewPresenter, stage: Stage) -> None:
        self.session = session
        self._ui = ui
        self._presenter = presenter
        self._stage = stage
        self._views: list[str] = []
        ui.reviewViewCombo.connect("currentIndexChanged(int)", self._view_chosen)
        ui.fillSlider.connect("valueChanged(int)", lambda value: stage.set_fill(value / 100))
        ui.visibleCheck.connect("toggled(bool)", stage.set_visible)
        ui.uncertaintyCheck.connect("toggled(bool)", lambda _on: self._show_uncertainty())

    def show(self) -> None:
        """Show the case in view with its segmentation, if it has one for the task."""
        study, case = self.session.study, self.session.case
        if study is None or case is None:
            fill_choices(self._ui.reviewViewCombo, [])
            return
        choices = self._stage.arrangements(study, case)
        self._views = fill_choices(self._ui.reviewViewCombo, choices, current=self._stage.arrangement)
        with self.session.telling_failures():
            self._stage.show_case(study, case, arrangement=self._stage.arrangement)
            annotation = self._presenter.annotation
            if annotation is None:
                self._stage.hide_annotation()
            else:
                self._stage.show_annotation(study, annotation, self._presenter.task)
            self._show_uncertainty()

    def _view_chosen(self, index: int) -> None:
        study, case = self.session.study, self.session.case
        if study is not None and case is not None and 0 <= index < len(self._views):
            with self.session.telling_failures():
                self._stage.show_case(study, case, arrangement=self._views[index])

    def _show_uncertainty(self) -> None:
        """The map of where the model was unsure, over the images, where there is one and it is asked for."""
        study, case, annotation = self.session.study, self.session.case, self._presenter.annotation
        path = uncertainty_of(study, annotation) if study is not None and annotation is not None else None
        self._ui.uncertaintyCheck.setVisible(path is not None)
        wanted = path if self._ui.uncertaintyCheck.isChecked() else None
        if case is not None:
            with self.session.telling_failures():
                self._stage.show_map(case, wanted, title=_("Uncertainty of the model"))
