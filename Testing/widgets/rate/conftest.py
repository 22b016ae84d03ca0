"""A study whose predictor says what a test wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from QualityFinetuneLib.cases.roles import Role
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


@pytest.fixture(scope="session")
def t2w_predictor() -> QualityPredictor:
    """Learned from readings; its interval is about half a point wide to each side."""
    examples = [
        Example(
            patient=f"P{i % 6}", target=1 + 3 * (i % 5) / 4, values={"sharpness": 0.1 + 0.05 * (i % 5) + 0.001 * i}
        )
        for i in range(30)
    ]
    target = Target(kind="reading", name="t2w", low=1, high=4, form="pi-qual-v2", form_version="1", protocol="bpmri")
    return train(examples, role=Role.T2W, target=target)


@pytest.fixture
def predicting(t2w_predictor: QualityPredictor) -> Callable[[Study, Any, float], None]:
    """`predicting(study, rate, value)` gives the study the predictor and lets it say `value` of every case."""

    def give(study: Study, rate: Any, value: float) -> None:
        study.paths.predictors.mkdir(exist_ok=True)
        save_predictor(study.paths.predictors / "t2w.json", t2w_predictor)
        rate.predicted._predict = lambda exam, _predictor: PredictedQuality(
            case=exam.name, case_id=exam.case_id, prediction=Prediction(value=value, low=value, high=value)
        )
        rate.predicted.forget()

    return give
