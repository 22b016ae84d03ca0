"""Predicting cases beside the panel."""

from __future__ import annotations

import time
from typing import Any

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.widgets.rate.predicted import PredictedCases


def finish(cases: PredictedCases) -> None:
    deadline = time.monotonic() + 10
    while cases.working and time.monotonic() < deadline:
        cases.poll()


def test_without_a_predictor_nothing_is_worked_out(session: Any) -> None:
    cases = PredictedCases(session)
    cases.want(session.cases[0].id)
    assert not cases.working and cases.of(session.cases[0].id) is None and cases.of(None) is None


def test_a_case_is_predicted_once_and_the_last_wanted_one_next(session: Any, predicting: Any) -> None:
    cases = PredictedCases(session)
    predicting(session.study, type("Rate", (), {"predicted": cases}), 2.5)
    first, second, third = (case.id for case in session.cases[:3])
    for one in (first, second, third):
        cases.want(one)
    finish(cases)
    assert cases.of(first) is not None and cases.of(third) is not None and cases.of(second) is None
    known = cases.of(first)
    cases.want(first)
    assert not cases.working and cases.of(first) is known
    cases.forget()
    assert cases.of(first) is None


def test_a_series_that_cannot_be_measured_is_an_answer_too(session: Any, predicting: Any) -> None:
    def refuse(_exam: Any, _predictor: Any) -> Any:
        raise UserError(ErrorCode.MISSING_SERIES, what="No.", why="There is no T2w.", next="None.")

    cases = PredictedCases(session)
    predicting(session.study, type("Rate", (), {"predicted": cases}), 2.5)
    cases._predict = refuse
    cases.want(session.cases[0].id)
    finish(cases)
    ((_predictor, found),) = cases.of(session.cases[0].id).each  # type: ignore[union-attr]
    assert isinstance(found, UserError)


def test_a_broken_predictor_is_told_and_stops_nothing(session: Any) -> None:
    session.study.paths.predictors.mkdir()
    (session.study.paths.predictors / "broken.json").write_text("{}")
    cases = PredictedCases(session)
    cases.want(session.cases[0].id)
    assert cases.problem is not None and not cases.working
