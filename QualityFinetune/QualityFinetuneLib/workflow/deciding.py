"""One reader deciding where others disagree: their answers side by side, the decided ones, the score they give."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..quality.form import load_form
from ..quality.pi_qual import Score
from ..quality.reading import FilledForm, Progress, fill
from ..quality.technical import TechnicalFinding
from ..study.records import Adjudication, Case, Reader, Reading
from ..study.study import Study
from .active_time import ActiveTime
from .adjudicating import Answer, adjudicate, undisputed
from .agreement import comparable
from .rating import technical_findings


@dataclass(frozen=True, kw_only=True)
class GivenAnswer:
    """What one reader answered; None where they left the item open."""

    reader: str
    value: Answer


class Decision:
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
        self._study = study
        self.reader = reader
        self.case = case
        self.form = load_form(study.settings.form)
        study.forms.check(self.form)
        self.protocol = study.settings.protocol
        self.findings: dict[str, TechnicalFinding] = technical_findings(study, case)
        self.readings: list[Reading] = [one for one in comparable(study) if one.case_id == case.id]
        self.note = ""
        self.timer = ActiveTime(clock=clock)
        names = {one.id: one.name for one in study.readers.all()}
        self.names = tuple(names.get(one.reader_id, "?") for one in self.readings)
        self._values: dict[str, Answer] = undisputed(study, case)
        self._agreed = frozenset(self._values)

    @property
    def values(self) -> dict[str, Answer]:
        """The decided answers so far by item id; None or absent where open."""
        return dict(self._values)

    @property
    def differing(self) -> tuple[str, ...]:
        """Items on which the readings differ, in the order of the form."""
        return tuple(item.id for item in self.form.items(self.protocol) if item.id not in self._agreed)

    @property
    def is_own(self) -> bool:
        """Whether the reader who decides made one of the readings."""
        return any(one.reader_id == self.reader.id for one in self.readings)

    @property
    def score(self) -> Score:
        """What the decided answers give by the form's rules."""
        return self._filled(self._values).score

    @property
    def progress(self) -> Progress:
        """Required items decided, of how many."""
        return self._filled(self._values).progress

    def given(self, item: str) -> tuple[GivenAnswer, ...]:
        """What each reader answered to an item."""
        return tuple(
            GivenAnswer(reader=name, value=reading.values.get(item))
            for name, reading in zip(self.names, self.readings, strict=True)
        )

    def set(self, item: str, value: Answer) -> Score:
        """Decide one item and return the new score; None takes the decision back.

        Raises:
            UserError: BAD_READING for an unknown item or a value it does not allow; nothing is changed then.
        """
        changed = {**self._values, item: value}
        result = self._filled(changed).score
        self._values = changed
        self.timer.touch()
        return result

    def save(self) -> Adjudication:
        """Store the adjudication; an incomplete one is refused.

        Raises:
            UserError: BAD_READING naming the items that are still open, or when fewer than two have read the case.
        """
        return adjudicate(self._study, self.case, self.reader, self._values, note=self.note)

    def _filled(self, values: Mapping[str, Answer]) -> FilledForm:
        return fill(self.form, values, protocol=self.protocol, options=self._study.settings.form_options)
