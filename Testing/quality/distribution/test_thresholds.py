from __future__ import annotations

import pytest
from pydantic import ValidationError

from QualityFinetuneLib.quality.distribution.thresholds import ShiftThresholds


@pytest.mark.parametrize("wrong", [{"total_variation": 0}, {"high_share": 2}, {"fewest_cases": 1}, {"unknown": 1}])
def test_impossible_thresholds_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        ShiftThresholds(**wrong)  # type: ignore[arg-type]


def test_they_are_kept_with_the_study() -> None:
    from QualityFinetuneLib.study.settings import StudySettings

    settings = StudySettings(quality_shift=ShiftThresholds(high_share=0.3))
    assert StudySettings.model_validate(settings.model_dump(mode="json")) == settings
    assert StudySettings.model_validate({}).quality_shift == ShiftThresholds()
