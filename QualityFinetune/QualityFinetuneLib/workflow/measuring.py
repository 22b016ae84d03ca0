"""Measure the quality of every series of an exam from its voxels, inside the gland where there is a mask."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import SimpleITK as sitk

from ..cases.roles import Role
from ..common.errors import ErrorCode, UserError
from ..quality.measures import DEFINITIONS, Measures, definitions, measure
from ..quality.measures.mrqy import mrqy
from ..quality.measures.series import PhaseEncoding
from .exams import Exam, ExamSeries

MEASURED = (Role.T2W, Role.T2W_SAG, Role.T2W_COR, Role.ADC, Role.HBV, Role.DWI)
"""The roles that are measured unless others are asked for: a dynamic series has many volumes that say the same."""


@dataclass(frozen=True, kw_only=True)
class MeasuredExamSeries:
    """One series with its measures; `failed` tells why it has none."""

    case: str
    patient: str
    case_id: int | None
    role: Role
    series: str
    b_value: float | None
    measures: Measures
    failed: dict[str, str] | None = None

    def rows(self) -> list[dict[str, object]]:
        """One plain row a measure, for a table of a spreadsheet or a statistics program."""
        about: dict[str, object] = {
            "case": self.case,
            "role": self.role.value,
            "series": self.series,
            "b_value": self.b_value,
        }
        return [{**about, "measure": name, **one} for name, one in self.measures.as_json().items()]


COLUMNS = ("case", "role", "series", "b_value", "measure", "value", "unit", "why")
"""Of `MeasuredExamSeries.rows`."""


def measure_exam(
    exam: Exam,
    *,
    roles: Collection[Role] = MEASURED,
    only: Collection[str] | None = None,
    compatible: bool = False,
    on_series: Callable[[str], None] | None = None,
) -> list[MeasuredExamSeries]:
    """Every series of the wanted roles. One that cannot be read or measured says why and stops no other.

    Args:
        exam: of a study or a folder.
        roles: of the series to measure.
        only: names of the wanted measures; all by default.
        compatible: MRQy's measures by MRQy's definitions instead of those of the catalogue.
        on_series: told the name of each series before it is measured.

    Raises:
        UserError: NOT_FOUND for a name that is no measure; what reading the gland's mask raises.
    """
    _require_known(only)
    gland = exam.gland()
    t2w = exam.first(Role.T2W)
    t2w_image: sitk.Image | None = None
    lowest = _lowest_b(exam)
    low_b_image: sitk.Image | None = None
    measured = []
    for one in (one for one in exam.series if one.role in roles):
        if on_series:
            on_series(one.name)
        try:
            image = one.read()
            t2w_image = image if one is t2w else t2w_image
            if t2w is not None and t2w_image is None and one.role in (Role.ADC, Role.HBV, Role.DWI):
                t2w_image = t2w.read()
            low_b_image = image if one is lowest else low_b_image
            higher = lowest is not None and _is_higher(one, lowest)
            if lowest is not None and higher and low_b_image is None:
                low_b_image = lowest.read()
            found = (
                mrqy(image)
                if compatible
                else measure(
                    image,
                    gland=gland,
                    role=one.role,
                    t2w=t2w_image,
                    low_b=low_b_image if higher else None,
                    phase_encoding=phase_encoding_of(one),
                    only=only,
                )
            )
        except UserError as error:
            measured.append(_record(exam, one, Measures({}), error.as_dict()))
        else:
            measured.append(_record(exam, one, found, None))
    return measured


def phase_encoding_of(series: ExamSeries) -> PhaseEncoding | None:
    """DICOM's InPlanePhaseEncodingDirection, None where the headers do not tell."""
    told = str(series.headers.get("InPlanePhaseEncodingDirection", "")).strip().upper()
    return "ROW" if told == "ROW" else "COL" if told in ("COL", "COLUMN") else None


def _lowest_b(exam: Exam) -> ExamSeries | None:
    """The acquired diffusion volume of the lowest b-value."""
    known = [one for one in exam.series if one.role is Role.DWI and one.b_value is not None and not one.calculated]
    return min(known, key=lambda one: one.b_value or 0.0, default=None)


def _is_higher(one: ExamSeries, lowest: ExamSeries) -> bool:
    """Whether a series was acquired with a higher b-value, so that it can be compared with the lowest."""
    acquired = one.role in (Role.DWI, Role.HBV) and not one.calculated
    return acquired and one.b_value is not None and one.b_value > (lowest.b_value or 0.0)


def _record(exam: Exam, series: ExamSeries, measures: Measures, failed: dict[str, str] | None) -> MeasuredExamSeries:
    return MeasuredExamSeries(
        case=exam.name,
        patient=exam.patient,
        case_id=exam.case_id,
        role=series.role,
        series=series.name,
        b_value=series.b_value,
        measures=measures,
        failed=failed,
    )


def _require_known(only: Collection[str] | None) -> None:
    unknown = sorted(set(only or ()) - {one.name for one in definitions()})
    if unknown:
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"There is no measure {unknown[0]}.",
            why=f"These are the measures: {', '.join(DEFINITIONS)}.",
            next="Name one of them.",
        )
