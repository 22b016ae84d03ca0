"""Maps beside masks are found again by case, also after the study has moved."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness import scripted_engine
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.common.files import sha256_of
from QualityFinetuneLib.engine.protocol.events import Done
from QualityFinetuneLib.engine.protocol.jobs import PredictJob
from QualityFinetuneLib.study.records import Run
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.predicting import PredictOptions, prepare_predict
from QualityFinetuneLib.workflow.recording import RunRecorder
from QualityFinetuneLib.workflow.run_files import run_files


@pytest.fixture
def finished(rated: Study) -> Run:
    options = PredictOptions(uncertainty=True, probabilities=True)
    prepared = prepare_predict(rated, "taps_gland", rated.cases.all()[:2], options=options)
    assert isinstance(prepared.job, PredictJob)
    recorder = RunRecorder(rated, prepared.run)
    for event in scripted_engine.predict_all(prepared.job):
        recorder.record(event)
    return rated.runs.get(prepared.run.id)


def test_each_case_has_its_maps(rated: Study, finished: Run) -> None:
    found = run_files(finished, "uncertainty")
    assert sorted(found) == [1, 2] and all(len(paths) == 1 for paths in found.values())
    assert all(path.is_file() and path.is_relative_to(finished.folder) for (path,) in found.values())
    assert sorted(run_files(finished, "probability")) == [1, 2]
    assert run_files(finished, "prediction") == {}
    entries = {entry["path"]: entry["sha256"] for entry in finished.results["files"]}
    assert all(sha256_of(finished.folder / path) == digest for path, digest in entries.items())
    assert len([a for a in rated.annotations.all() if a.run_id == finished.id]) == 2, "a map is no mask"


def test_paths_are_kept_within_the_runs_folder(rated: Study, finished: Run, tmp_path: Path) -> None:
    assert all(not Path(entry["path"]).is_absolute() for entry in finished.results["files"])
    moved = tmp_path / "moved"
    shutil.copytree(rated.folder, moved)
    with Study.open(moved) as study:
        (path,) = run_files(study.runs.get(finished.id), "uncertainty")[1]
    assert path.is_relative_to(moved) and path.is_file()


def test_what_is_gone_is_left_out_and_nothing_outside_is_taken(finished: Run) -> None:
    (path,) = run_files(finished, "uncertainty")[1]
    path.unlink()
    assert sorted(run_files(finished, "uncertainty")) == [2]
    finished.results["files"][0]["path"] = "../../study.sqlite"
    with pytest.raises(UserError):
        run_files(finished, finished.results["files"][0]["role"])


def test_a_run_without_maps_has_none(rated: Study) -> None:
    prepared = prepare_predict(rated, "taps_gland", rated.cases.all()[:1])
    recorder = RunRecorder(rated, prepared.run)
    recorder.record(scripted_engine.started("predict"))
    assert run_files(rated.runs.get(prepared.run.id), "uncertainty") == {}
    recorder.record(Done(elapsed_s=1.0))
    run = rated.runs.get(prepared.run.id)
    assert run_files(run, "uncertainty") == {} and "files" not in run.results
