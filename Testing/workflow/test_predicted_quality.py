from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.quality.prediction import Example, QualityPredictor, Target, train
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.exams import exam_of_case, exams_at
from QualityFinetuneLib.workflow.predicted_quality import may_show, predict_exam
from QualityFinetuneLib.workflow.rating import Rater


@pytest.fixture(scope="module")
def predictor() -> QualityPredictor:
    """Blind to everything but sharpness."""
    examples = [
        Example(patient=f"P{i % 6}", target=(i % 5) / 4, values={"sharpness": 0.1 + 0.05 * (i % 5) + 0.001 * i})
        for i in range(30)
    ]
    return train(examples, role=Role.T2W, target=Target(kind="severity", low=0, high=1))


def test_nobody_sees_it_before_their_own_reading(study: Study, rate) -> None:
    case, other = study.cases.all()[:2]
    a, b = study.readers.ensure("Reader A"), study.readers.ensure("Reader B")
    assert not may_show(study, a, case)
    rate(case, high=True, reader="Reader A")
    assert may_show(study, a, case)
    assert not may_show(study, b, case)
    assert not may_show(study, a, other)
    assert not may_show(study, None, case)


def test_a_repeat_is_read_blind_too(study: Study, rate) -> None:
    case = study.cases.all()[0]
    rate(case, high=True, reader="Reader A")
    reader = study.readers.ensure("Reader A")
    assert not may_show(study, reader, case, repeat=1)
    rater = Rater(study, reader, case, repeat=1)
    for item in load_form("pi-qual-v2").items("bpmri"):
        rater.set(item.id, True)
    rater.save()
    assert may_show(study, reader, case, repeat=1)


def test_a_reading_with_another_form_does_not_count(study: Study, rate) -> None:
    case = study.cases.all()[0]
    rate(case, high=True, reader="Reader A")
    study.save_settings(study.settings.model_copy(update={"form": "pi-qual-v1"}))
    assert not may_show(study, study.readers.ensure("Reader A"), case)


def test_an_assisted_study_shows_it_from_the_start(study: Study) -> None:
    case = study.cases.all()[0]
    assert not study.settings.assisted
    study.save_settings(study.settings.model_copy(update={"assisted": True}))
    with Study.open(study.folder) as again:
        assert again.settings.assisted
        assert may_show(again, again.readers.ensure("Reader A"), case)
        assert may_show(again, None, case)


def test_the_series_of_the_role_is_measured_and_predicted(study: Study, predictor: QualityPredictor) -> None:
    case = study.cases.all()[0]
    found = predict_exam(exam_of_case(study, case), predictor)
    assert (found.case, found.case_id) == (study.display_name(case), case.id)
    assert found.prediction.value is not None and 0 <= found.prediction.value <= 1


def test_an_exam_without_the_role_is_refused(cohort: Path, predictor: QualityPredictor) -> None:
    exam = exams_at(cohort / "Simulated-0001" / "adc.nrrd")[0][0]
    with pytest.raises(UserError, match="no t2w series") as caught:
        predict_exam(exam, predictor)
    assert caught.value.code == "missing_series"
