"""The segmentation in words: status, origin, volumes, what was changed, its versions and history."""

from __future__ import annotations

from collections.abc import Callable

from ..ui_files import Ui, fill_choices
from .presenter import ReviewPresenter


class AnnotationView:
    """Drives the words of Review.ui.

    Args:
        chosen: called with the id of the version that the user chose.
    """

    def __init__(self, ui: Ui, presenter: ReviewPresenter, chosen: Callable[[int], None]) -> None:
        self._ui = ui
        self._presenter = presenter
        self._chosen = chosen
        self._version_ids: list[int] = []
        ui.versionCombo.connect("currentIndexChanged(int)", self._version_chosen)

    def show(self, *, study_open: bool) -> None:
        """Show what is known of the segmentation in view."""
        ui, presenter = self._ui, self._presenter
        ui.annotationStatusLabel.setText(presenter.status_words())
        ui.annotationOriginLabel.setText(presenter.origin_words() if study_open else "")
        numbers = presenter.volume_words()
        ui.annotationNumbersLabel.setText(numbers)
        ui.annotationNumbersLabel.setVisible(bool(numbers))
        change = presenter.change_words()
        ui.changeLabel.setText(change)
        ui.changeCard.setVisible(bool(change))
        history = presenter.history_words()
        ui.historyLabel.setText(history)
        ui.historyLabel.setVisible(bool(history))
        ui.historyHeadingLabel.setVisible(bool(history))
        choices = presenter.version_choices()
        shown = presenter.annotation.id if presenter.annotation is not None else None
        self._version_ids = fill_choices(ui.versionCombo, choices, current=shown)
        ui.versionFrame.setVisible(len(choices) > 1)

    def _version_chosen(self, index: int) -> None:
        self._chosen(self._version_ids[index])
