"""The predicted quality of an exam, and who may see it when: never before the reader has committed themselves."""

from __future__ import annotations

from dataclasses import dataclass

from ..common.errors import ErrorCode, UserError
from ..quality.form import load_form
from ..quality.prediction import Prediction, QualityPredictor
from ..study.records import Case, Reader
from ..study.study import Study
from .exams import Exam
from .predictor_training import values_of


@dataclass(frozen=True, kw_only=True)
class PredictedQuality:
    """What a predictor says about an exam, with what it would take to judge it."""

    case: str
    case_id: int | None
    prediction: Prediction


def may_show(study: Study, reader: Reader | None, case: Case, *, repeat: int = 0) -> bool:
    """Whether this reader may see the predicted quality of this case now.

    Only after the reader has saved their own reading with the study's form, so that it cannot sway them; a reader
    about to read a case again as a repeat has to save that repeat first. Where the study is `assisted` always.

    Args:
        reader: None is nobody who reads, who may see it only where the study is assisted.
        repeat: the number of the reading that is at stake.
    """
    if study.settings.assisted:
        return True
    if reader is None:
        return False
    form = load_form(study.settings.form).name
    return any(
        one.reader_id == reader.id and one.form == form and one.repeat == repeat
        for one in study.readings.history(case.id)
    )


def predict_exam(exam: Exam, predictor: QualityPredictor) -> PredictedQuality:
    """The predicted quality of the exam's first series of the predictor's role.

    Raises:
        UserError: MISSING_SERIES when the exam has none that can be measured.
    """
    values = values_of(exam, predictor.role)
    if values is None:
        raise UserError(
            ErrorCode.MISSING_SERIES,
            what=f"The quality of {exam.name} was not predicted.",
            why=f"It has no {predictor.role.value} series that could be measured, and the predictor knows no other.",
            next=f"Choose an exam with a {predictor.role.value} series.",
        )
    return PredictedQuality(
        case=exam.name, case_id=exam.case_id, prediction=predictor.predict(values, role=predictor.role)
    )
