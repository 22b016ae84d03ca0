"""Predicted quality of cases, worked out beside the panel while they are read; who may see it is asked elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...common.errors import UserError
from ...quality.prediction import QualityPredictor
from ...workflow.exams import Exam, exam_of_case
from ...workflow.predicted_quality import PredictedQuality, predict_exam
from ...workflow.study_predictors import StudyPredictor, study_predictors
from ..background import BackgroundTask, Report
from ..session import Session

Task = BackgroundTask[list[PredictedQuality | UserError]]


@dataclass
class CasePredictions:
    """What the study's predictors say of one case, each with what it says or why it says nothing."""

    case_id: int
    each: list[tuple[QualityPredictor, PredictedQuality | UserError]] = field(default_factory=list)


class PredictedCases:
    """Predicts one case at a time in a thread and remembers the result while the study is open.

    Args:
        session: the study in common.
        predict: replaced in tests.
    """

    def __init__(
        self, session: Session, *, predict: Callable[[Exam, QualityPredictor], PredictedQuality] = predict_exam
    ) -> None:
        self.session = session
        self.problem: UserError | None = None
        self._predict = predict
        self._predictors: list[StudyPredictor] | None = None
        self._found: dict[int, CasePredictions] = {}
        self._task: Task | None = None
        self._in_work: int | None = None
        self._wanted: int | None = None

    @property
    def predictors(self) -> list[StudyPredictor]:
        """The study's predictors; empty where it has none, or a broken one, which `problem` then tells."""
        if self._predictors is None:
            self._predictors, self.problem = [], None
            if self.session.study is not None:
                try:
                    self._predictors = study_predictors(self.session.study)
                except UserError as error:
                    self.problem = error
        return self._predictors

    @property
    def working(self) -> bool:
        """Whether a case is being predicted or waits for it."""
        return self._task is not None or self._wanted is not None

    def of(self, case_id: int | None) -> CasePredictions | None:
        """What is known of a case; None while nothing is."""
        return self._found.get(case_id) if case_id is not None else None

    def want(self, case_id: int | None) -> None:
        """Predict this case next, unless it is known."""
        if case_id is None or not self.predictors or case_id in self._found or case_id == self._in_work:
            self._wanted = None
        else:
            self._wanted = case_id
        self._start()

    def poll(self) -> bool:
        """Take in what the thread found; True when something new is known."""
        task = self._task
        if task is None:
            self._start()
            return False
        if not task.poll():
            return False
        case_id, self._task, self._in_work = self._in_work, None, None
        if task.result is not None and case_id is not None:
            pairs = zip((one.predictor for one in self.predictors), task.result, strict=True)
            self._found[case_id] = CasePredictions(case_id=case_id, each=list(pairs))
        self.problem = task.error or self.problem
        self._start()
        return True

    def forget(self) -> None:
        """Another study is open, or its predictors changed."""
        self.close()
        self._predictors = None
        self._found.clear()

    def close(self) -> None:
        """Stop; nobody waits for the thread, which ends with the series in work."""
        if self._task is not None:
            self._task.cancel()
        self._task, self._in_work, self._wanted = None, None, None

    def _start(self) -> None:
        study = self.session.study
        if self._task is not None or self._wanted is None or study is None:
            return
        case_id, self._wanted = self._wanted, None
        # The database is asked here: its connection belongs to this thread. The other one only reads image files.
        exam = exam_of_case(study, study.cases.get(case_id))
        predictors = [one.predictor for one in self.predictors]

        def work(report: Report) -> list[PredictedQuality | UserError]:
            found: list[PredictedQuality | UserError] = []
            for number, predictor in enumerate(predictors):
                report(number, len(predictors))
                try:
                    found.append(self._predict(exam, predictor))
                except UserError as error:
                    found.append(error)
            return found

        self._in_work = case_id
        self._task = BackgroundTask(work, name="predicted quality")
        self._task.start()
