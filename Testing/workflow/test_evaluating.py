"""Predictions are held against masks made independently, by a real worker; numbers come back by quality."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import scripted_engine
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Done
from QualityFinetuneLib.engine.protocol.jobs import EvaluateJob, PredictJob
from QualityFinetuneLib.study.records import NewAnnotation, Run
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow import executing, review
from QualityFinetuneLib.workflow.evaluating import pairs_of, prepare_evaluate
from QualityFinetuneLib.workflow.executing import execute
from QualityFinetuneLib.workflow.predicting import prepare_predict
from QualityFinetuneLib.workflow.prepared import case_id_of
from QualityFinetuneLib.workflow.results import by_case, summary_of


@pytest.fixture
def predicted(rated: Study, script: Callable[..., list], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Glands of cases 1, 2, 4 and 5: those of 1 and 4 are the reference itself."""
    real = executing.run_job

    def says(job: PredictJob) -> Iterator[AnyEvent]:
        yield scripted_engine.started("predict")
        for number, case in enumerate(job.cases):
            current = rated.annotations.current(case_id_of(case.id), "gland")
            assert current is not None
            exact = case_id_of(case.id) in (1, 4)
            yield scripted_engine.prediction(job, number, source=current.path if exact else None)
        yield Done(elapsed_s=1.0)

    script(says)
    run = execute(rated, prepare_predict(rated, "taps_gland", [rated.cases.get(i) for i in (1, 2, 4, 5)]))
    monkeypatch.setattr(executing, "run_job", real)
    return run


def test_a_real_worker_measures_each_case_and_each_quality(rated: Study, predicted: Run) -> None:
    prepared = prepare_evaluate(rated, predicted)
    assert isinstance(prepared.job, EvaluateJob)
    run = execute(rated, prepared)
    assert run.status == "done"
    dice = {row.case_id: row.value for row in by_case(run) if row.metric == "dice"}
    assert dice[1] == dice[4] == 1.0
    assert dice[2] is not None
    assert dice[2] < 0.9
    summary = {(row.stratum, row.metric): row for row in summary_of(run)}
    assert (summary["all", "dice"].n, summary["high", "dice"].n, summary["low", "dice"].n) == (4, 2, 2)
    assert summary["high", "dice"].mean == pytest.approx((1.0 + dice[2]) / 2)
    assert summary["all", "hd95"].unit == "mm"
    assert all(entry["prediction_sha256"] for entry in run.config["cases"])


def test_a_mask_accepted_from_the_prediction_is_no_independent_reference(rated: Study, predicted: Run) -> None:
    reader = rated.readers.ensure("Reader A")
    for annotation in [a for a in rated.annotations.history(2, "gland") if a.origin == "imported"]:
        rated.annotations.add(
            NewAnnotation(
                case_id=2, task="gland", origin="imported", status="rejected", path=annotation.path,
                supersedes=annotation.id,
            )
        )  # fmt: skip
    draft = next(a for a in rated.annotations.history(2, "gland") if a.origin == "model")
    review.accept(rated, draft, reader=reader)
    found = pairs_of(rated, predicted)
    assert [pair.case.id for pair in found.pairs] == [1, 4, 5]
    assert [case.id for case in found.without_reference] == [2]
    assert [pair.case.id for pair in pairs_of(rated, predicted, allow_derived=True).pairs] == [1, 2, 4, 5]


def test_an_independent_reference_is_preferred_to_a_newer_derived_one(rated: Study, predicted: Run) -> None:
    draft = next(a for a in rated.annotations.history(2, "gland") if a.origin == "model")
    review.accept(rated, draft, reader=rated.readers.ensure("Reader A"))
    pair = next(p for p in pairs_of(rated, predicted, allow_derived=True).pairs if p.case.id == 2)
    assert pair.reference.origin == "imported"


def test_nothing_to_hold_against_is_told(rated: Study, predicted: Run) -> None:
    with pytest.raises(UserError) as failure:
        prepare_evaluate(rated, predicted, case_ids=[])
    assert failure.value.code is ErrorCode.NO_LABEL


def test_a_case_whose_prediction_is_missing_is_left_out(rated: Study, predicted: Run, tmp_path: Path) -> None:
    run = prepare_predict(rated, "taps_gland", rated.cases.all()).run
    assert pairs_of(rated, run).pairs == ()
