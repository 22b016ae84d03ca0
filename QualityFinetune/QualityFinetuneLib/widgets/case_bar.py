"""Previous, next, and which case: the row at the top of Rate and Review."""

from __future__ import annotations

from typing import Any

from .i18n import tr as _
from .session import Session
from .ui_files import fill_choices
from .words import quality_words


class CaseBar:
    """Keeps two buttons and a combo box in step with the case in view.

    Args:
        done: tells for a case id whether its part of this step is done; such cases carry a tick.
    """

    def __init__(self, session: Session, *, combo: Any, previous: Any, following: Any) -> None:
        self.session = session
        self._combo = combo
        self._previous = previous
        self._following = following
        self._ids: list[int | None] = []
        combo.connect("currentIndexChanged(int)", self._chosen)
        previous.connect("clicked()", lambda: session.step_case(-1))
        following.connect("clicked()", lambda: session.step_case(1))

    def show(self, *, done: set[int], strata: dict[int, str | None] | None = None) -> None:
        """List the cases; ticks on those in `done`, and their quality where `strata` is given."""
        cases = self.session.cases
        choices: list[tuple[str, int | None]] = []
        for number, case in enumerate(cases, start=1):
            text = _("{label} ({number} of {count})").format(
                label=self.session.label(case), number=number, count=len(cases)
            )
            if strata is not None:
                text = f"{text}, {quality_words(strata.get(case.id))}"
            choices.append((f"✓ {text}" if case.id in done else text, case.id))
        if self.session.case_id is None:
            choices.insert(0, (_("Choose a case"), None))
        self._ids = fill_choices(self._combo, choices, current=self.session.case_id)
        ids = [case.id for case in cases]
        self._previous.setEnabled(bool(ids) and self.session.case_id != ids[0])
        self._following.setEnabled(bool(ids) and self.session.case_id != ids[-1])

    def _chosen(self, index: int) -> None:
        if 0 <= index < len(self._ids):
            self.session.show_case(self._ids[index])
