"""One reader rating one case: answers, the score they give, the time they took, and saving it all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

import SimpleITK as sitk

from ..common.errors import ErrorCode, UserError
from ..quality.form import load_form
from ..quality.pi_qual import Score
from ..quality.reading import FilledForm, Progress, fill
from ..quality.series_headers import SeriesHeaders
from ..quality.technical import TechnicalFinding, technical_values
from ..study.records import Case, NewReading, Reader, Reading, Series
from ..study.study import Study
from .active_time import ActiveTime

Answer = bool | int | None


def technical_findings(study: Study, case: Case) -> dict[str, TechnicalFinding]:
    """What headers and voxel grids of the case's series say about the form's technical items, by item id."""
    series = [SeriesHeaders.of(one, spacing_mm=_spacing_mm(one)) for one in study.cases.series(case.id)]
    return technical_values(load_form(study.settings.form), series, protocol=study.settings.protocol)


class Rater:
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
        self._study = study
        self._now = now
        self.reader = reader
        self.case = case
        self.repeat = repeat
        self.form = load_form(study.settings.form)
        study.forms.check(self.form)  # told before any work is done, not when it is saved
        self.protocol = study.settings.protocol
        self.findings = technical_findings(study, case)
        self.timer = ActiveTime(clock=clock, idle_after_s=idle_after_s)
        self._started = now()
        self._values: dict[str, Answer] = {item: finding.passed for item, finding in self.findings.items()}

    @property
    def values(self) -> dict[str, Answer]:
        """The answers so far by item id; None or absent where unanswered."""
        return dict(self._values)

    @property
    def score(self) -> Score:
        """What the answers give by the form's rules."""
        return self._filled(self._values).score

    @property
    def progress(self) -> Progress:
        """Required items answered, of how many."""
        return self._filled(self._values).progress

    def set(self, item: str, value: Answer) -> Score:
        """Answer one item and return the new score; None takes an answer back.

        Raises:
            UserError: BAD_READING for an unknown item or a value it does not allow; nothing is changed then.
        """
        changed = {**self._values, item: value}
        result = self._filled(changed).score
        self._values = changed
        self.timer.touch()
        return result

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

    def _filled(self, values: Mapping[str, Answer]) -> FilledForm:
        return fill(self.form, values, protocol=self.protocol, options=self._study.settings.form_options)


def _spacing_mm(series: Series) -> tuple[float, float, float]:
    header = sitk.ImageFileReader()
    header.SetFileName(str(series.path))
    header.ReadImageInformation()
    x, y, z = header.GetSpacing()
    return x, y, z
