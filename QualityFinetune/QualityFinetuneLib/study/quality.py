"""Which cases count as high and which as low quality: the study's rule over the readings that stand now."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from ..quality.rule import QualityRule

if TYPE_CHECKING:
    from .study import Study

Stratum = Literal["high", "low"]


def scores(study: Study, form: str) -> dict[int, int | None]:
    """Exam score by case id; None where nobody has scored the case with that form.

    Of several readers' scores it is the median, and of the two middle ones the lower: in doubt a case is not high.
    """
    given: dict[int, list[int]] = defaultdict(list)
    for reading in study.readings.all_latest():
        if reading.form == form and reading.exam_score is not None:
            given[reading.case_id].append(reading.exam_score)
    return {case.id: _low_median(given[case.id]) if given[case.id] else None for case in study.cases.all()}


def strata(study: Study, rule: QualityRule | None = None) -> dict[int, Stratum | None]:
    """Quality by case id, for every case; None where no reading tells.

    Args:
        rule: None takes the one in the study's settings.
    """
    rule = rule or study.settings.quality_rule
    return {case_id: rule.apply(score) for case_id, score in scores(study, rule.form).items()}


def _low_median(values: list[int]) -> int:
    return sorted(values)[(len(values) - 1) // 2]
