"""Evaluation: every case and label, strata with mean, spread and count, and a plain word for what is wrong."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import Task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.events import Metric
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, EvaluateJob
from QualityFinetuneLib.engine.worker.context import Stopped
from QualityFinetuneLib.engine.worker.evaluate import evaluate


def shifted(case: CaseFiles, folder: Path, voxels: int, **changes: object) -> CaseFiles:
    """The case with its own mask, moved along x, as prediction."""
    mask = sitk.ReadImage(str(case.label))
    moved = sitk.GetImageFromArray(np.roll(sitk.GetArrayFromImage(mask), voxels, axis=2))
    moved.CopyInformation(mask)
    path = folder / f"{case.id}-moved.nrrd"
    sitk.WriteImage(moved, str(path))
    return case.model_copy(update={"prediction": path, **changes})


@pytest.fixture
def job(exams: tuple[CaseFiles, ...], zones: Task, tmp_path: Path) -> EvaluateJob:
    cases = tuple(shifted(case, tmp_path, voxels) for voxels, case in enumerate(exams))
    return EvaluateJob(output=tmp_path / "out", task=zones, cases=cases)


def refusal(job: EvaluateJob, heard) -> ErrorCode:
    with pytest.raises(UserError) as caught:
        evaluate(job, heard.context())
    assert not (job.output / "metrics.json").exists()
    return caught.value.code


def test_the_file_and_the_events_tell_the_same(job: EvaluateJob, heard) -> None:
    evaluate(job, heard.context())
    written = json.loads((job.output / "metrics.json").read_text("utf-8"))
    told = {(e.case, e.label, e.name): e.value for e in heard if isinstance(e, Metric) and e.case}
    kept = {
        (case["case"], label, metric): number["value"]
        for case in written["cases"]
        for label, numbers in case["labels"].items()
        for metric, number in numbers.items()
    }
    assert told == kept
    assert {label for _, label, _ in told} == {"PZ", "TZ"}
    assert told["case-0", "PZ", "dice"] == 1.0 > told["case-1", "PZ", "dice"] > told["case-2", "PZ", "dice"]
    assert heard.of("artifact")[0].role == "metrics"


def test_strata_have_mean_spread_and_count_of_their_own_cases(job: EvaluateJob, heard) -> None:
    evaluate(job, heard.context())
    written = json.loads((job.output / "metrics.json").read_text("utf-8"))
    values = {case["case"]: case["labels"]["TZ"]["dice"]["value"] for case in written["cases"]}
    rows = {row["stratum"]: row for row in written["summary"] if (row["metric"], row["label"]) == ("dice", "TZ")}
    for stratum, members in {"high": (0, 1, 2), "low": (3, 4), "all": range(5)}.items():
        chosen = [values[f"case-{number}"] for number in members]
        assert rows[stratum]["n"] == len(chosen)
        assert rows[stratum]["mean"] == pytest.approx(statistics.fmean(chosen))
        assert rows[stratum]["sd"] == pytest.approx(np.std(chosen, ddof=1))
    means = [e for e in heard if isinstance(e, Metric) and e.name == "dice_mean" and e.stratum == "high"]
    assert {event.label for event in means} == {"PZ", "TZ"}


def test_one_case_has_a_mean_and_says_why_it_has_no_spread(job: EvaluateJob, heard) -> None:
    evaluate(job.model_copy(update={"cases": job.cases[:1]}), heard.context())
    row = json.loads((job.output / "metrics.json").read_text("utf-8"))["summary"][0]
    assert (row["n"], row["sd"]) == (1, None)
    assert "one case" in row["why"].lower()


def test_cases_without_a_quality_count_only_in_all(job: EvaluateJob, heard) -> None:
    cases = tuple(case.model_copy(update={"quality": None}) for case in job.cases)
    evaluate(job.model_copy(update={"cases": cases}), heard.context())
    summary = json.loads((job.output / "metrics.json").read_text("utf-8"))["summary"]
    assert {row["stratum"] for row in summary} == {"all"}


def test_all_background_is_warned_of_and_leaves_numbers_undefined(job: EvaluateJob, heard, tmp_path: Path) -> None:
    mask = sitk.ReadImage(str(job.cases[0].label)) * 0
    sitk.WriteImage(mask, str(tmp_path / "empty.nrrd"))
    case = job.cases[0].model_copy(update={"label": tmp_path / "empty.nrrd", "prediction": tmp_path / "empty.nrrd"})
    evaluate(job.model_copy(update={"cases": (case,)}), heard.context())
    assert heard.of("warning")[0].code is ErrorCode.NO_LABEL
    numbers = [e for e in heard if isinstance(e, Metric) and e.name == "dice"]
    assert all(event.value is None and event.why for event in numbers)
    row = json.loads((job.output / "metrics.json").read_text("utf-8"))["summary"][0]
    assert row["n"] in (0, 1)


def test_a_prediction_on_another_grid_is_refused(job: EvaluateJob, heard, tmp_path: Path) -> None:
    mask = sitk.ReadImage(str(job.cases[0].prediction))
    mask.SetOrigin((0, 0, 0))
    sitk.WriteImage(mask, str(tmp_path / "elsewhere.nrrd"))
    case = job.cases[0].model_copy(update={"prediction": tmp_path / "elsewhere.nrrd"})
    assert refusal(job.model_copy(update={"cases": (case,)}), heard) is ErrorCode.BAD_GEOMETRY


def test_masks_are_compared_with_each_other_where_no_t2w_is_named(job: EvaluateJob, heard) -> None:
    cases = tuple(case.model_copy(update={"images": {}}) for case in job.cases[:2])
    evaluate(job.model_copy(update={"cases": cases}), heard.context())
    assert (job.output / "metrics.json").is_file()


@pytest.mark.parametrize("missing", ["label", "prediction"])
def test_a_case_without_both_masks_is_refused(job: EvaluateJob, heard, missing: str) -> None:
    case = job.cases[0].model_copy(update={missing: None})
    assert refusal(job.model_copy(update={"cases": (case,)}), heard) is ErrorCode.NO_LABEL


def test_nothing_to_evaluate_is_refused(job: EvaluateJob, heard) -> None:
    assert refusal(job.model_copy(update={"cases": ()}), heard) is ErrorCode.TOO_FEW_CASES


def test_the_t2ws_grid_is_what_masks_must_lie_on(job: EvaluateJob, heard, tmp_path: Path) -> None:
    image = sitk.ReadImage(str(job.cases[0].images[Role.T2W]))[1:, :, :]
    sitk.WriteImage(image, str(tmp_path / "cropped.nrrd"))
    case = job.cases[0].model_copy(update={"images": {Role.T2W: tmp_path / "cropped.nrrd"}})
    assert refusal(job.model_copy(update={"cases": (case,)}), heard) is ErrorCode.BAD_GEOMETRY


def test_it_stops_between_cases(job: EvaluateJob, heard) -> None:
    with pytest.raises(Stopped):
        evaluate(job, heard.context(asked_to_stop=lambda: len(heard.of("progress")) >= 2))
    assert len(heard.of("progress")) == 2
