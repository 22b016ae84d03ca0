"""Which cases count as high and which as low quality: the study's rule over the readings that stand now."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ..quality.rule import QualityRule, Stratum
from .records import Reading

if TYPE_CHECKING:
    from .study import Study


def scores(study: Study, rule: QualityRule | None = None) -> dict[int, int | None]:
    """The score that the rule looks at, by case id, for every case; None where no reading gives it.

    Of several readers' scores it is the median, and of the two middle ones the lower: in doubt a case is not high.

    Args:
        rule: None takes the one in the study's settings.
    """
    rule = rule or study.settings.quality_rule
    given: dict[int, list[int]] = defaultdict(list)
    for reading in study.readings.all_latest():
        score = _score(reading, rule)
        if score is not None:
            given[reading.case_id].append(score)
    return {case.id: _low_median(given[case.id]) if case.id in given else None for case in study.cases.all()}


def strata(study: Study, rule: QualityRule | None = None) -> dict[int, Stratum | None]:
    """Quality by case id, for every case; None where no reading tells.

    Args:
        rule: None takes the one in the study's settings.
    """
    rule = rule or study.settings.quality_rule
    return {case_id: rule.apply(score) for case_id, score in scores(study, rule).items()}


def _score(reading: Reading, rule: QualityRule) -> int | None:
    if reading.form != rule.form:  # scores of one form do not convert to another's
        return None
    if rule.section is None:
        return reading.exam_score
    score: int | None = reading.scores.get(rule.section)
    return score


def _low_median(values: list[int]) -> int:
    return sorted(values)[(len(values) - 1) // 2]
