"""Predictors that a study keeps, and a prediction beside what the reader said."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.quality.prediction import (
    Example,
    Prediction,
    QualityPredictor,
    Target,
    save_predictor,
    train,
)
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.predicted_quality import PredictedQuality
from QualityFinetuneLib.workflow.study_predictors import (
    beside,
    drop_predictor,
    keep_predictor,
    scores_of,
    study_predictors,
)

READING = Target(kind="reading", name="t2w", low=1, high=4, form="pi-qual-v2", form_version="1.0", protocol="bpmri")


def predictor(target: Target) -> QualityPredictor:
    examples = [
        Example(
            patient=f"P{i % 6}",
            target=target.low + (target.high - target.low) * (i % 5) / 4,
            values={"sharpness": 0.1 + 0.05 * (i % 5) + 0.001 * i},
        )
        for i in range(30)
    ]
    return train(examples, role=Role.T2W, target=target)


@pytest.fixture(scope="module")
def of_readings() -> QualityPredictor:
    return predictor(READING)


def told(value: float | None) -> PredictedQuality:
    return PredictedQuality(case="Case", case_id=1, prediction=Prediction(value=value, why=None if value else "No."))


def test_a_study_keeps_predictors_and_lets_them_go(
    study: Study, of_readings: QualityPredictor, tmp_path: Path
) -> None:
    assert study_predictors(study) == []
    save_predictor(tmp_path / "mine.json", of_readings)
    kept = keep_predictor(study, tmp_path / "mine.json")
    assert kept.name == "t2w-t2w"
    assert [one.predictor for one in study_predictors(study)] == [of_readings]
    keep_predictor(study, tmp_path / "mine.json")
    assert len(study_predictors(study)) == 1
    drop_predictor(study, kept.name)
    drop_predictor(study, kept.name)
    assert study_predictors(study) == []


def test_what_is_no_predictor_is_refused(study: Study, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(UserError) as caught:
        keep_predictor(study, tmp_path / "other.json")
    assert caught.value.code is ErrorCode.BAD_CONFIG and study_predictors(study) == []


def test_one_that_learned_another_forms_scores_is_refused(
    study: Study, of_readings: QualityPredictor, tmp_path: Path
) -> None:
    save_predictor(tmp_path / "mine.json", of_readings)
    study.save_settings(study.settings.model_copy(update={"protocol": "mpmri"}))
    with pytest.raises(UserError, match="do not convert"):
        keep_predictor(study, tmp_path / "mine.json")


def test_a_score_outside_of_the_interval_asks_for_a_second_look(study: Study, of_readings: QualityPredictor) -> None:
    half = of_readings.half_width
    inside = beside(study, of_readings, told(3.0), {"t2w": 3, "exam": 1})
    assert (inside.said, inside.value, inside.half_width) == (3, 3.0, half) and not inside.second_look
    assert inside.title == "T2W score"
    outside = beside(study, of_readings, told(3.0 - half - 0.01), {"t2w": 3})
    assert outside.second_look


def test_without_a_number_or_a_score_there_is_nothing_to_look_at(study: Study, of_readings: QualityPredictor) -> None:
    assert not beside(study, of_readings, told(None), {"t2w": 3}).second_look
    assert not beside(study, of_readings, told(1.0), {}).second_look


def test_simulated_quality_is_never_held_against_a_score(study: Study) -> None:
    simulated = predictor(Target(kind="severity", low=0, high=1))
    one = beside(study, simulated, told(0.1), {"t2w": 4, "quality": 4, "exam": 3})
    assert one.simulated and one.said is None and not one.second_look


def test_the_scores_of_a_reading_include_the_exams(study: Study, rate) -> None:
    case = study.cases.all()[0]
    rate(case, high=True, reader="A")
    found = scores_of(study.readings.history(case.id)[0])
    assert found["exam"] == study.readings.history(case.id)[0].exam_score and "t2w" in found
