"""One reader rating one case: answers, the score they give, the time they took, and saving it all."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

from ..common.errors import ErrorCode, UserError
from ..study.records import Case, NewReading, Reader, Reading
from ..study.study import Study
from .unsaved_form import UnsavedForm


class Rater(UnsavedForm):
    """Holds an unsaved reading. Answers to technical items start as the headers say; the reader may overrule them.

    Args:
        study: where the reading is saved.
        reader: who rates.
        case: what is rated.
        clock: monotonic seconds for the active time.
        now: the present in UTC.
        idle_after_s: see `ActiveTime`.
        repeat: 0 for the reading that counts; 1, 2, ... for reading the case again, blind to the earlier one, to
            measure how far the reader agrees with themselves.

    Raises:
        UserError: CONFLICT when the form was changed without a new version, see `study.forms`.
    """

    def __init__(
        self,
        study: Study,
        reader: Reader,
        case: Case,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        idle_after_s: float = 60.0,
        repeat: int = 0,
    ) -> None:
        super().__init__(study, reader, case, clock=clock, idle_after_s=idle_after_s)
        self._now = now
        self.repeat = repeat
        self._started = now()
        self._values = {item: finding.passed for item, finding in self.findings.items()}

    def load(self, reading: Reading) -> None:
        """Start from an earlier reading of the same form instead of an empty one."""
        known = {item.id for item in self.form.items(self.protocol)}
        self._values |= {item: value for item, value in reading.values.items() if item in known}
        self.timer.touch()

    def save(self) -> Reading:
        """Store the reading; an incomplete one is refused.

        Raises:
            UserError: BAD_READING naming the items that are still open.
        """
        filled = self._filled(self._values)
        if missing := filled.score.missing:
            labels = ", ".join(f"{self.form.item(item).label} ({item})" for item in missing)
            raise UserError(
                ErrorCode.BAD_READING,
                what=f"The reading of {self._study.display_name(self.case)} was not saved.",
                why=f"These items have no answer yet: {labels}.",
                next="Answer them and save again.",
            )
        self.timer.touch()
        self._study.forms.keep(self.form)
        return self._study.readings.add(
            NewReading(
                case_id=self.case.id,
                reader_id=self.reader.id,
                form=self.form.name,
                form_version=self.form.version,
                protocol=self.protocol,
                values=filled.values,
                exam_score=filled.score.exam,
                scores=dict(filled.score.scores),
                technical={
                    "values": dict(filled.technical),
                    "scores": dict(filled.score.technical),
                    "found": {item: asdict(finding) for item, finding in self.findings.items()},
                },
                visual={"values": dict(filled.visual), "scores": dict(filled.score.visual)},
                started=self._started,
                finished=self._now(),
                active_s=round(self.timer.active_s, 3),
                repeat=self.repeat,
            )
        )
