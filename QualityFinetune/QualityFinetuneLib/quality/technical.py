"""Fill the technical part of a form from the headers of a case: pass, fail or unknown, and the value found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .checks import TechnicalCheck
from .form import Form
from .header_measures import MEASURES
from .scores import Protocol
from .series_headers import SeriesHeaders, SeriesLike


@dataclass(frozen=True, kw_only=True)
class TechnicalFinding:
    """What the headers say about one requirement.

    Attributes:
        passed: the answer to enter into the form; None where the headers do not tell and a reader answers.
        found: the value with its unit, or why there is none.
        wanted: the limits in words.
    """

    passed: bool | None
    found: str
    wanted: str


def technical_values(
    form: Form, series: Iterable[SeriesLike], *, protocol: Protocol | None = None
) -> dict[str, TechnicalFinding]:
    """A finding for every item of the form that can be read from headers, by item id.

    Args:
        series: all series of one case, from the study or as found on disk, or `SeriesHeaders`, which also carry the
            voxel spacing of plain files.
        protocol: only the items that this protocol asks for.
    """
    known = [SeriesHeaders.of(one) for one in series]
    return {item.id: _finding(item.check, known) for item in form.items(protocol) if item.check is not None}


def recommended_values(
    form: Form, series: Iterable[SeriesLike], *, protocol: Protocol | None = None
) -> dict[str, TechnicalFinding]:
    """The same for the form's recommendations: worth knowing, never asked and never scored."""
    known = [SeriesHeaders.of(one) for one in series]
    asked = {section.id for section in form.sections if protocol is None or protocol in section.protocols}
    return {one.id: _finding(one.check, known) for one in form.recommendations if one.section in asked}


def _finding(check: TechnicalCheck, series: list[SeriesHeaders]) -> TechnicalFinding:
    wanted = check.describe()
    relevant = [one for one in series if one.role in check.roles]
    if not relevant and check.measure != "planes":
        roles = " or ".join(role.value for role in check.roles)
        return TechnicalFinding(passed=None, found=f"There is no {roles} series in this case.", wanted=wanted)
    measured = MEASURES[check.measure](relevant, check)
    if not measured.values:
        return TechnicalFinding(passed=None, found=measured.found, wanted=wanted)
    passed: bool | None = all(check.passes(value) for value in measured.values)
    if measured.bound and not passed:
        passed = None
    return TechnicalFinding(passed=passed, found=measured.found, wanted=wanted)
