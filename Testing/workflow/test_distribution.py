from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.records import Split
from QualityFinetuneLib.study.settings import StudySettings
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.distribution import (
    distribution_of,
    parts_of,
    shift_between,
    shift_within,
    trained_on,
)


def test_the_scores_of_a_study_are_counted(rated: Study) -> None:
    found = distribution_of(rated)
    assert found.counts == {1: 3, 2: 0, 3: 3}
    assert found.unrated == 0


def test_what_a_run_trained_on_is_held_against_the_rest(rated: Study) -> None:
    used = [{"case_id": 1, "part": "train"}, {"case_id": 2, "part": "train"}, {"case_id": 3, "part": "validate"}]
    run = rated.runs.create("finetune", "high only", {"cases": used}, 0)
    sets = trained_on(rated, run)
    assert (sets.first, sets.second, sets.second_name) == ((1, 2), (3, 4, 5, 6), "other cases")
    measures = {1: {"snr": 1.0}, 2: {"snr": 2.0}, 5: {"snr": 3.0}, 6: {"snr": 4.0}}
    found = shift_within(rated, sets, measures=measures)
    assert found.scores.high == (1.0, 0.25)
    (snr,) = found.measures
    assert (snr.n, snr.missing) == ((2, 2), (0, 2))
    with pytest.raises(UserError) as told:
        trained_on(rated, rated.runs.create("predict", "x", {}, 0))
    assert told.value.code is ErrorCode.NOT_FOUND


def test_the_parts_of_a_split_are_compared(rated: Study, split: Split) -> None:
    sets = parts_of(rated, "default")
    assert (sets.first, sets.second) == (tuple(split.part("train")), tuple(split.part("test")))
    assert shift_within(rated, sets).first == "training part"


def test_another_study_is_compared_under_the_rule_of_the_first(
    rated: Study, tmp_path: Path, rate: Callable[..., None]
) -> None:
    with Study.create(tmp_path / "other", name="This year") as other:
        other.cases.add(patient="P", exam="E", name="N", series=[])
        found = shift_between(rated, other, only=[1, 2], deployment_measures={1: {"snr": 2.0}})
        assert found.scores.first.counts == {1: 0, 2: 0, 3: 2}
        assert (found.scores.second.rated, found.scores.second.unrated) == (0, 1)
        assert found.verdict == "unclear"
        assert found.measures[0].n == (0, 1)
        assert shift_between(rated, other).scores.first.rated == 6
    settings = StudySettings(protocol="mpmri")
    with Study.create(tmp_path / "mp", name="With contrast", settings=settings) as other:
        with pytest.raises(UserError) as told:
            shift_between(rated, other)
        assert told.value.code is ErrorCode.CONFLICT


def test_thresholds_come_from_the_study(rated: Study, split: Split) -> None:
    sets = parts_of(rated, "default")
    lenient = rated.settings.quality_shift.model_copy(update={"fewest_cases": 2, "high_share": 1.0, "wasserstein": 9})
    rated.save_settings(rated.settings.model_copy(update={"quality_shift": lenient}))
    assert shift_within(rated, sets).thresholds == lenient
