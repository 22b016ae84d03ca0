"""One reader deciding where others disagree: their answers side by side, the decided ones, the score they give."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..study.records import Adjudication, Case, Reader, Reading
from ..study.study import Study
from .adjudicating import adjudicate, undisputed
from .agreement import comparable
from .unsaved_form import Answer, UnsavedForm


@dataclass(frozen=True, kw_only=True)
class GivenAnswer:
    """What one reader answered; None where they left the item open."""

    reader: str
    value: Answer


class Decision(UnsavedForm):
    """Holds an unsaved adjudication. It starts from what the readings agree on; the rest is decided one by one.

    Args:
        study: where the adjudication is saved.
        reader: who decides.
        case: what is decided about.
        clock: monotonic seconds for the time that the panel shows; an adjudication keeps none.
    """

    def __init__(
        self, study: Study, reader: Reader, case: Case, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(study, reader, case, clock=clock)
        self.readings: list[Reading] = [one for one in comparable(study) if one.case_id == case.id]
        self.note = ""
        names = {one.id: one.name for one in study.readers.all()}
        self.names = tuple(names.get(one.reader_id, "?") for one in self.readings)
        self._values = undisputed(study, case)
        self._agreed = frozenset(self._values)

    @property
    def differing(self) -> tuple[str, ...]:
        """Items on which the readings differ, in the order of the form."""
        return tuple(item.id for item in self.form.items(self.protocol) if item.id not in self._agreed)

    @property
    def is_own(self) -> bool:
        """Whether the reader who decides made one of the readings."""
        return any(one.reader_id == self.reader.id for one in self.readings)

    def given(self, item: str) -> tuple[GivenAnswer, ...]:
        """What each reader answered to an item."""
        return tuple(
            GivenAnswer(reader=name, value=reading.values.get(item))
            for name, reading in zip(self.names, self.readings, strict=True)
        )

    def save(self) -> Adjudication:
        """Store the adjudication; an incomplete one is refused.

        Raises:
            UserError: BAD_READING naming the items that are still open, or when fewer than two have read the case.
        """
        return adjudicate(self._study, self.case, self.reader, self._values, note=self.note)
