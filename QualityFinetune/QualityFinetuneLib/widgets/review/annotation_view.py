"""The segmentation in words: status, origin, volumes, what was changed, its versions and history."""

from __future__ import annotations

from collections.abc import Callable

from ..i18n import tr as _
from ..ui_files import Ui, fill_choices
from ..words import annotation_words
from . import mask_words
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

    def show(self) -> None:
        """Show what is known of the segmentation in view."""
        ui, presenter = self._ui, self._presenter
        study, one, task = presenter.session.study, presenter.annotation, presenter.task
        ui.annotationStatusLabel.setText(_("{task}: {status}").format(task=task.title, status=annotation_words(one)))
        if study is None:
            ui.annotationOriginLabel.setText("")
        elif one is None:
            ui.annotationOriginLabel.setText(_("Predict one in Results, or draw it yourself."))
        else:
            ui.annotationOriginLabel.setText(mask_words.made_by(study, one))
        _show(ui.annotationNumbersLabel, mask_words.volumes(one, task) if one is not None else "")
        change = mask_words.changes(one.changes if one is not None else None)
        ui.changeLabel.setText(change)
        ui.changeCard.setVisible(bool(change))
        case_id = presenter.session.case_id
        history = mask_words.history(study, case_id, task) if study is not None and case_id is not None else ""
        _show(ui.historyLabel, history)
        ui.historyHeadingLabel.setVisible(bool(history))
        choices = [(mask_words.version(presenter.session.needed(), each), each.id) for each in presenter.versions]
        self._version_ids = fill_choices(ui.versionCombo, choices, current=one.id if one is not None else None)
        ui.versionFrame.setVisible(len(choices) > 1)

    def _version_chosen(self, index: int) -> None:
        self._chosen(self._version_ids[index])


def _show(label: object, text: str) -> None:
    label.setText(text)  # type: ignore[attr-defined]
    label.setVisible(bool(text))  # type: ignore[attr-defined]
