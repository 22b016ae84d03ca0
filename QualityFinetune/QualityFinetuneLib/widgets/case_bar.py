"""Previous, next, and which case: the row at the top of Rate and Review."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..study.records import Case
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
        self._steps: list[int] = []
        combo.connect("currentIndexChanged(int)", self._chosen)
        previous.connect("clicked()", lambda: self.step(-1))
        following.connect("clicked()", lambda: self.step(1))

    def show(
        self,
        *,
        done: set[int],
        strata: dict[int, str | None] | None = None,
        only: Sequence[int] | None = None,
        anonymous: str = "",
    ) -> None:
        """List the cases; ticks on those in `done`, and their quality where `strata` is given.

        Args:
            only: ids of the cases to list, in that order; None lists all.
            anonymous: what to call a case of `only` instead of its label, so that nobody knows it again.
        """
        by_id = {case.id: case for case in self.session.cases}
        wanted = list(by_id) if only is None else [one for one in only if one in by_id]
        choices: list[tuple[str, int | None]] = []
        for number, case_id in enumerate(wanted, start=1):
            text = _("{label} ({number} of {count})").format(
                label=anonymous or self.session.label(by_id[case_id]), number=number, count=len(wanted)
            )
            if strata is not None:
                text = f"{text}, {quality_words(strata.get(case_id))}"
            choices.append((f"✓ {text}" if case_id in done else text, case_id))
        current = self.session.case_id
        if current is None:
            choices.insert(0, (_("Choose a case"), None))
        elif current not in wanted:
            choices.insert(0, (self._aside(by_id.get(current), anonymous, done), current))
        self._ids = fill_choices(self._combo, choices, current=current)
        self._steps = wanted
        self._previous.setEnabled(self._target(-1) is not None)
        self._following.setEnabled(self._target(1) is not None)

    def step(self, by: int) -> None:
        """The case `by` places further on the list; stays at the first and the last."""
        target = self._target(by)
        if target is not None:
            self.session.show_case(target)

    def _target(self, by: int) -> int | None:
        current = self.session.case_id
        if not self._steps:
            return None
        if current not in self._steps:
            return self._steps[0]
        index = self._steps.index(current) + by
        return self._steps[index] if 0 <= index < len(self._steps) else None

    def _aside(self, case: Case | None, anonymous: str, done: set[int]) -> str:
        """A case in view that is not on the list."""
        if case is None or anonymous:
            return _("Choose a case")
        label = self.session.label(case)
        return f"✓ {label}" if case.id in done else label

    def _chosen(self, index: int) -> None:
        if 0 <= index < len(self._ids):
            self.session.show_case(self._ids[index])
