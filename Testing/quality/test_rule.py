"""The quality rule: a setting that can be stored, said in one sentence and checked against the form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.quality.form import Form
from QualityFinetuneLib.quality.pi_qual import score
from QualityFinetuneLib.quality.rule import QualityRule

T2W_AT_LEAST_3 = QualityRule(kind="section_score_at_least", section="t2w", threshold=3)


@given(threshold=st.integers(1, 5), value=st.integers(0, 5))
def test_high_is_exactly_at_or_above_the_threshold(threshold: int, value: int) -> None:
    rule = QualityRule(threshold=threshold)
    assert rule.apply(value) == ("high" if value >= threshold else "low")
    assert rule.apply(None) is None


def test_a_rule_survives_being_stored() -> None:
    for rule in (QualityRule(), T2W_AT_LEAST_3):
        assert QualityRule.model_validate_json(rule.model_dump_json()) == rule


def test_a_rule_says_itself_in_one_sentence(v2: Form) -> None:
    assert QualityRule().describe() == "High quality means: exam score of pi-qual-v2 is at least 2."
    assert QualityRule().describe(v2) == "High quality means: exam score of PI-QUAL v2 is at least 2 (acceptable)."
    assert T2W_AT_LEAST_3.describe() == "High quality means: t2w score of pi-qual-v2 is at least 3."
    assert T2W_AT_LEAST_3.describe(v2) == "High quality means: T2W score of PI-QUAL v2 is at least 3."


def test_a_section_rule_names_its_section_and_an_exam_rule_none() -> None:
    with pytest.raises(ValidationError, match="section names the score"):
        QualityRule(kind="section_score_at_least")
    with pytest.raises(ValidationError, match="section names the score"):
        QualityRule(section="t2w")


def test_a_scored_reading_is_split_by_the_score_that_the_rule_names(v2: Form) -> None:
    values = {item.id: True for item in v2.items("bpmri")} | {"dwi_snr": False, "dwi_zones": False}
    result = score(v2, values, protocol="bpmri")
    assert result.exam == 1
    assert QualityRule().stratum(result) == "low"
    assert T2W_AT_LEAST_3.stratum(result) == "high"
    assert QualityRule(kind="section_score_at_least", section="dwi", threshold=3).stratum(result) == "low"


def test_a_reading_of_another_form_or_an_unfinished_one_is_neither(v1: Form, v2: Form) -> None:
    values = {"t2w_diagnostic": True, "dwi_diagnostic": True, "dce_diagnostic": True, "quality": 5}
    assert QualityRule().stratum(score(v1, values, protocol="mpmri")) is None
    assert QualityRule().stratum(score(v2, {}, protocol="bpmri")) is None


@pytest.mark.parametrize("threshold", [2, 3])
def test_thresholds_that_split_are_accepted(v2: Form, threshold: int) -> None:
    QualityRule(threshold=threshold).check(v2, "bpmri")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (QualityRule(threshold=1), "Only the thresholds 2, 3 separate high from low."),
        (QualityRule(threshold=4), "Only the thresholds 2, 3 separate high from low."),
        (QualityRule(form="pi-qual-v1", threshold=4), "made for the form pi-qual-v1, and the study uses pi-qual-v2"),
        (QualityRule(kind="section_score_at_least", section="dce", threshold=1), "has these scores for bpmri: t2w"),
    ],
)
def test_a_rule_that_cannot_split_is_refused(v2: Form, rule: QualityRule, said: str) -> None:
    with pytest.raises(UserError) as caught:
        rule.check(v2, "bpmri")
    assert caught.value.code == "bad_config"
    assert said in caught.value.why
