"""A study's form about one case while it is being filled in: answers, the score they give, the time it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import SimpleITK as sitk

from ..quality.form import load_form
from ..quality.pi_qual import Score
from ..quality.reading import FilledForm, Progress, fill
from ..quality.series_headers import SeriesHeaders
from ..quality.technical import TechnicalFinding, technical_values
from ..study.records import Case, Reader, Series
from ..study.study import Study
from .active_time import ActiveTime

Answer = bool | int | None


class UnsavedForm:
    """What reading a case and deciding between its readings have in common.

    Args:
        study: whose form, protocol and options count.
        reader: who fills it in.
        case: what it is about.
        clock: monotonic seconds for the active time.
        idle_after_s: see `ActiveTime`.

    Raises:
        UserError: CONFLICT when the form was changed without a new version, see `study.forms`.
    """

    def __init__(
        self, study: Study, reader: Reader, case: Case, *, clock: Callable[[], float], idle_after_s: float = 60.0
    ) -> None:
        self._study = study
        self.reader = reader
        self.case = case
        self.form = load_form(study.settings.form)
        study.forms.check(self.form)  # told before any work is done, not when it is saved
        self.protocol = study.settings.protocol
        self.findings = technical_findings(study, case)
        self.timer = ActiveTime(clock=clock, idle_after_s=idle_after_s)
        self._values: dict[str, Answer] = {}

    @property
    def values(self) -> dict[str, Answer]:
        """The answers so far by item id; None or absent where open."""
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

    def _filled(self, values: Mapping[str, Answer]) -> FilledForm:
        return fill(self.form, values, protocol=self.protocol, options=self._study.settings.form_options)


def technical_findings(study: Study, case: Case) -> dict[str, TechnicalFinding]:
    """What headers and voxel grids of the case's series say about the form's technical items, by item id."""
    series = [SeriesHeaders.of(one, spacing_mm=_spacing_mm(one)) for one in study.cases.series(case.id)]
    return technical_values(load_form(study.settings.form), series, protocol=study.settings.protocol)


def _spacing_mm(series: Series) -> tuple[float, float, float]:
    header = sitk.ImageFileReader()
    header.SetFileName(str(series.path))
    header.ReadImageInformation()
    x, y, z = header.GetSpacing()
    return x, y, z
