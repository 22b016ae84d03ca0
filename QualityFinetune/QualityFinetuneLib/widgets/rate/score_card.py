"""The card at the foot of the Rate panel: score, rule, parts, reasons, and the predicted quality."""

from __future__ import annotations

from collections.abc import Sequence

from ...common.errors import UserError
from ...quality.form import load_form
from ...study.records import Reader, Reading
from ...study.study import Study
from ...workflow.predicted_quality import may_show
from ...workflow.study_predictors import SideBySide, beside, scores_of
from ..session import Session
from ..ui_files import Ui
from . import predicted_words, score_words
from .predicted import PredictedCases
from .presenter import RatePresenter


class ScoreCard:
    """Drives the card. The line of the predicted quality keeps its place, so that nothing moves when it appears."""

    def __init__(self, ui: Ui, presenter: RatePresenter, predicted: PredictedCases, session: Session) -> None:
        self.session = session
        self._ui = ui
        self._presenter = presenter
        self._predicted = predicted

    def show(self) -> None:
        """Show what the answers give now."""
        ui, filling = self._ui, self._presenter.filling
        ui.scoreCard.setVisible(filling is not None)
        if filling is None:
            return
        ui.scoreLabel.setText(score_words.title(filling))
        ui.scoreRuleLabel.setText(score_words.rule(filling, self.session.needed().settings))
        ui.scorePartsLabel.setText(score_words.parts(filling))
        reasons = score_words.reasons(filling)
        ui.scoreReasonsLabel.setText(reasons)
        ui.scoreReasonsLabel.setVisible(bool(reasons) and ui.reasonsButton.isChecked())
        ui.reasonsButton.setEnabled(bool(reasons))
        self.show_predicted()

    def show_predicted(self) -> None:
        """Show the predicted quality, or why it is not shown yet."""
        text, explanation = self._predicted_texts()
        # Reserved from the start, so that the buttons below stay where they are.
        self._ui.predictedLabel.setVisible(bool(text))
        self._ui.predictedLabel.setText(text)
        self._ui.predictedLabel.setToolTip(explanation)
        self._ui.predictedLabel.setMinimumHeight(self._height())

    def sides(self, case_id: int | None, *, repeat: int = 0) -> list[SideBySide]:
        """Predictions of a case beside what the present reader said, where they may see them; else none."""
        study, reader = self.session.study, self.session.reader
        known = self._predicted.of(case_id)
        if study is None or case_id is None or known is None:
            return []
        if not may_show(study, reader, study.cases.get(case_id), repeat=repeat):
            return []
        scores = _said(study, reader, case_id, repeat)
        if scores is None and study.settings.assisted and self._presenter.score is not None:
            score = self._presenter.score
            scores = {**score.scores, "exam": score.exam}
        return [
            beside(study, predictor, found, scores or {})
            for predictor, found in known.each
            if not isinstance(found, UserError)
        ]

    def _predicted_texts(self) -> tuple[str, str]:
        study, case = self.session.study, self.session.case
        if study is None or case is None or self._presenter.decision is not None:
            return "", ""
        if self._predicted.problem is not None:
            return self._predicted.problem.what, f"{self._predicted.problem.why} {self._predicted.problem.next}"
        if not self._predicted.predictors:
            return "", ""
        repeat = self._presenter.repeat
        if not may_show(study, self.session.reader, case, repeat=repeat):
            return predicted_words.waiting(repeat=repeat > 0), ""
        known = self._predicted.of(case.id)
        if known is None:
            return predicted_words.working(), ""
        found = self.sides(case.id, repeat=repeat)
        failed = [one.why for _predictor, one in known.each if isinstance(one, UserError)]
        return "\n".join([predicted_words.lines(found), *failed]).strip(), predicted_words.explanation(found)

    def _height(self) -> int:
        lines = max(1, len(self._predicted.predictors))
        return int(self._ui.predictedLabel.fontMetrics().lineSpacing()) * 2 * lines


def second_looks(found: Sequence[SideBySide]) -> list[SideBySide]:
    """Those on which reader and predictor differ by more than the predictor's error allows."""
    return [one for one in found if one.second_look]


def _said(study: Study, reader: Reader | None, case_id: int, repeat: int) -> dict[str, int | None] | None:
    if reader is None:
        return None
    own = [one for one in study.readings.history(case_id) if one.reader_id == reader.id and one.repeat == repeat]
    standing: Reading | None = own[-1] if own else None
    return None if standing is None or standing.form != load_form(study.settings.form).name else scores_of(standing)
