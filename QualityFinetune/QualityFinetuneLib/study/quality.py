"""Which cases count as high and which as low quality: the study's rule over what stands now."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ..quality.rule import QualityRule, Stratum
from .records import Adjudication, Reading

if TYPE_CHECKING:
    from .study import Study


def scores(study: Study, rule: QualityRule | None = None) -> dict[int, int | None]:
    """The score that the rule looks at, by case id, for every case; None where no reading gives it.

    What was adjudicated stands. Else, of several readers' scores it is the median, and of the two middle ones the
    lower: in doubt a case is not high. Repeats do not count.

    Args:
        rule: None takes the one in the study's settings.
    """
    rule = rule or study.settings.quality_rule
    given: dict[int, list[int]] = defaultdict(list)
    for reading in study.readings.all_latest():
        score = _score(reading, rule)
        if score is not None:
            given[reading.case_id].append(score)
    decided = {
        one.case_id: score for one in study.adjudications.all_current() if (score := _score(one, rule)) is not None
    }
    median = {case_id: _low_median(values) for case_id, values in given.items()}
    return {case.id: decided.get(case.id, median.get(case.id)) for case in study.cases.all()}


def strata(study: Study, rule: QualityRule | None = None) -> dict[int, Stratum | None]:
    """Quality by case id, for every case; None where no reading tells.

    Args:
        rule: None takes the one in the study's settings.
    """
    rule = rule or study.settings.quality_rule
    return {case_id: rule.apply(score) for case_id, score in scores(study, rule).items()}


def _score(reading: Reading | Adjudication, rule: QualityRule) -> int | None:
    if reading.form != rule.form:  # scores of one form do not convert to another's
        return None
    if rule.section is None:
        return reading.exam_score
    score: int | None = reading.scores.get(rule.section)
    return score


def _low_median(values: list[int]) -> int:
    return sorted(values)[(len(values) - 1) // 2]
