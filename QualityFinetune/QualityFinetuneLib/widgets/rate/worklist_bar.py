"""Which cases the Rate panel goes through: all, those not rated, those to read again, those to decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...workflow.worklists import WORKLISTS, Worklist
from ..i18n import tr as _
from ..ui_files import fill_choices
from .presenter import RatePresenter


class WorklistBar:
    """A combo box with the lists and how many cases wait on each.

    Args:
        chosen: called when the user chose another list.
    """

    def __init__(self, combo: Any, presenter: RatePresenter, chosen: Callable[[], None]) -> None:
        self._combo = combo
        self._presenter = presenter
        self._chosen = chosen
        self._names: list[Worklist] = []
        combo.connect("currentIndexChanged(int)", self._index_chosen)

    def show(self) -> None:
        """Show the lists as they are now."""
        choices = [(list_words(name, len(self._presenter.ids(name))), name) for name in WORKLISTS]
        self._names = fill_choices(self._combo, choices, current=self._presenter.worklist)

    def _index_chosen(self, index: int) -> None:
        if 0 <= index < len(self._names) and self._names[index] != self._presenter.worklist:
            self._presenter.worklist = self._names[index]
            self._chosen()


def list_words(name: Worklist, count: int) -> str:
    """A list and how many cases wait on it."""
    return {
        "all": _("All cases ({count})"),
        "not_rated": _("Not rated ({count})"),
        "repeat": _("To repeat ({count})"),
        "adjudicate": _("To adjudicate ({count})"),
    }[name].format(count=count)


def nothing_waits(name: Worklist) -> tuple[str, str]:
    """What an empty list means and what to do."""
    return {
        "all": (_("This study has no exams yet."), _("Import some in the first step.")),
        "not_rated": (_("Every case is rated."), _("Go on to the next step and review the outlines.")),
        "repeat": (
            _("No case is due to be read again."),
            _("How many are, and after how many days, is set in the first step under Readings."),
        ),
        "adjudicate": (
            _("No disagreement waits for a decision."),
            _("A case stands here when two readers give it different exam scores."),
        ),
    }[name]
