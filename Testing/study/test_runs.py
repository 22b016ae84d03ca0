from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.records import Run
from QualityFinetuneLib.study.study import Study


@pytest.fixture
def run(study: Study) -> Run:
    return study.runs.create("finetune", "gland from 8 cases", {"epochs": 3, "weights": Path("x.pt")}, 7)


def test_a_new_run_is_pending_and_has_a_folder_of_its_own(study: Study, run: Run) -> None:
    assert study.runs.get(run.id) == run
    assert (run.kind, run.status, run.title, run.seed) == ("finetune", "pending", "gland from 8 cases", 7)
    assert run.config == {"epochs": 3, "weights": "x.pt"}
    assert run.folder == study.folder / "runs" / str(run.id)
    assert run.folder.is_dir()
    assert (run.started, run.finished, run.error, run.results) == (None, None, None, {})


def test_a_run_goes_through_running_to_done(study: Study, run: Run) -> None:
    started = study.runs.start(run.id, {"torch": "2.13"})
    assert (started.status, started.versions) == ("running", {"torch": "2.13"})
    done = study.runs.finish(run.id, "done", {"dice": 0.9})
    assert (done.status, done.results, done.error) == ("done", {"dice": 0.9}, None)
    assert done.created <= done.started <= done.finished  # type: ignore[operator]
    assert study.runs.get(run.id) == done


def test_a_failed_run_tells_why_and_can_be_resumed(study: Study, run: Run) -> None:
    study.runs.start(run.id, {})
    failed = study.runs.finish(run.id, "failed", error={"code": "out_of_memory", "what": "It stopped."})
    assert failed.error == {"code": "out_of_memory", "what": "It stopped."}
    again = study.runs.start(run.id, {})
    assert (again.status, again.error, again.finished) == ("running", None, None)


def test_a_run_that_was_never_started_can_be_cancelled(study: Study, run: Run) -> None:
    assert study.runs.finish(run.id, "cancelled", {}).status == "cancelled"


@pytest.mark.parametrize(
    "step",
    [lambda s, r: s.runs.start(r.id, {}), lambda s, r: s.runs.finish(r.id, "failed", {})],
    ids=["start", "end"],
)
def test_what_is_done_stays_done(study: Study, run: Run, step: Callable[[Study, Run], Run]) -> None:
    done = study.runs.finish(run.id, "done", {"dice": 0.9})
    with pytest.raises(UserError) as told:
        step(study, run)
    assert told.value.code is ErrorCode.CONFLICT
    assert study.runs.get(run.id) == done


def test_results_that_are_no_numbers_leave_the_run_running(study: Study, run: Run) -> None:
    study.runs.start(run.id, {})
    with pytest.raises(UserError) as told:
        study.runs.finish(run.id, "done", {"dice": math.nan})
    assert told.value.code is ErrorCode.BAD_VALUES
    assert study.runs.get(run.id).status == "running"


def test_a_run_finishes_only_in_a_final_status(study: Study, run: Run) -> None:
    with pytest.raises(ValueError, match="pending"):
        study.runs.finish(run.id, "pending", {})  # type: ignore[arg-type]


def test_runs_are_listed_by_kind(study: Study, run: Run) -> None:
    other = study.runs.create("predict", "all", {}, 0)
    assert study.runs.all() == [run, other]
    assert study.runs.all("predict") == [other]


@pytest.mark.parametrize(
    "look", [lambda s: s.runs.get(9), lambda s: s.runs.start(9, {}), lambda s: s.runs.finish(9, "done", {})]
)
def test_an_unknown_run_is_told(study: Study, look: Callable[[Study], Run]) -> None:
    with pytest.raises(UserError) as told:
        look(study)
    assert told.value.code is ErrorCode.NOT_FOUND


def test_without_a_folder_there_is_no_run(study: Study) -> None:
    study.paths.runs.rmdir()
    study.paths.runs.touch()
    with pytest.raises(OSError):
        study.runs.create("predict", "x", {}, 0)
    assert study.runs.all() == []


def test_an_id_is_never_used_again(study: Study, run: Run) -> None:
    with study.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM runs")
    assert study.runs.create("predict", "x", {}, 0).id > run.id
