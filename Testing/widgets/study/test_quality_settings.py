"""The quality rule in plain words."""

from __future__ import annotations

from QualityFinetuneLib.study.settings import StudySettings
from QualityFinetuneLib.widgets.study.quality_settings import protocols, rule_sentence, thresholds, with_threshold


def test_only_thresholds_that_separate_are_offered_in_the_words_of_the_form() -> None:
    offered = thresholds(StudySettings())
    assert [value for _text, value in offered] == [2, 3]
    assert offered[0][0] == "a score of 2 or more (acceptable)"


def test_another_threshold_is_another_sentence() -> None:
    settings = with_threshold(StudySettings(), 3)
    assert settings.quality_rule.threshold == 3
    assert rule_sentence(settings) != rule_sentence(StudySettings())


def test_both_protocols_are_offered() -> None:
    assert [value for _text, value in protocols()] == ["bpmri", "mpmri"]
