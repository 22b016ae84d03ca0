"""Predictions: one mask a case, exactly on its T2w, announced when it is complete."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from safetensors.torch import save_file

from QualityFinetuneLib.cases.grid import same_grid
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.files import sha256_of
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, ModelChoice, PredictJob
from QualityFinetuneLib.engine.worker.context import Stopped
from QualityFinetuneLib.engine.worker.overlap import dice
from QualityFinetuneLib.engine.worker.predict import file_name, predict, require_cases
from QualityFinetuneLib.models.build import build

CPU = torch.device("cpu")


def test_each_mask_lies_exactly_on_its_t2w(predict_job: PredictJob, heard) -> None:
    predict(predict_job, heard.context(), device=CPU)
    made = heard.of("artifact")
    assert [(a.role, a.case) for a in made] == [("prediction", "case-0"), ("prediction", "case-1")]
    for case, artifact in zip(predict_job.cases, made, strict=True):
        assert artifact.path == predict_job.output / "predictions" / f"{case.id}.nrrd"
        assert artifact.sha256 == sha256_of(artifact.path)
        mask, t2w = (sitk.ReadImage(str(path)) for path in (artifact.path, case.images[Role.T2W]))
        for ask in ("GetSize", "GetSpacing", "GetOrigin", "GetDirection"):
            assert getattr(mask, ask)() == getattr(t2w, ask)()
        assert mask.GetPixelID() == sitk.sitkUInt8
        assert set(np.unique(sitk.GetArrayViewFromImage(mask))) <= {0, 1, 2}
    assert [(e.done, e.total) for e in heard.of("progress")] == [(0, 2), (1, 2), (2, 2)]


def test_the_same_job_gives_the_same_masks(predict_job: PredictJob, heard, tmp_path: Path) -> None:
    predict(predict_job, heard.context(), device=CPU)
    predict(predict_job.model_copy(update={"output": tmp_path / "again"}), heard.context(), device=CPU)
    hashes = [artifact.sha256 for artifact in heard.of("artifact")]
    assert hashes[:2] == hashes[2:]


def test_a_case_without_a_finding_is_warned_of(
    predict_job: PredictJob, heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "QualityFinetuneLib.engine.worker.looks.probabilities",
        lambda forward, prepared, **_: np.zeros((2, *prepared.image.shape[1:]), np.float32),
    )
    predict(predict_job, heard.context(), device=CPU)
    assert [event.case for event in heard.of("warning")] == ["case-0", "case-1"]


def test_two_cases_that_would_share_a_file_are_refused(predict_job: PredictJob, heard) -> None:
    cases = tuple(case.model_copy(update={"id": name}) for case, name in zip(predict_job.cases, "/:", strict=True))
    with pytest.raises(UserError) as caught:
        predict(predict_job.model_copy(update={"cases": cases}), heard.context(), device=CPU)
    assert caught.value.code is ErrorCode.BAD_JOB


@pytest.mark.parametrize("name", ["../../etc/passwd", ".hidden", "a b/c", "Ünïcode-1", "..", ""])
def test_a_case_id_cannot_lead_out_of_the_folder(name: str) -> None:
    made = file_name(name)
    assert Path(made).name == made and made.endswith(".nrrd") and not made.startswith("..")


def test_it_stops_between_cases_and_keeps_what_is_done(predict_job: PredictJob, heard) -> None:
    with pytest.raises(Stopped):
        predict(predict_job, heard.context(asked_to_stop=lambda: bool(heard.of("artifact"))), device=CPU)
    assert [path.name for path in (predict_job.output / "predictions").iterdir()] == ["case-0.nrrd"]


@pytest.fixture
def other_weights(tmp_path: Path) -> Path:
    torch.manual_seed(11)
    path = tmp_path / "other.safetensors"
    save_file(build("segresnet_ds", outputs=3, in_channels=1, init_filters=8).state_dict(), path)
    return path


def image(path: Path) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def test_everything_at_once_lies_on_the_t2w_and_fits_together(
    predict_job: PredictJob, heard, other_weights: Path
) -> None:
    second = predict_job.model.model_copy(update={"weights": other_weights})
    asked = {"ensemble": (second,), "flips": True, "uncertainty": True, "probabilities": True}
    job = predict_job.model_copy(update={**asked, "cases": predict_job.cases[:1]})
    predict(job, heard.context(), device=CPU)
    made = heard.of("artifact")
    assert [a.role for a in made] == ["probability", "probability", "uncertainty", "prediction"]
    assert [a.path.name for a in made] == [
        "case-0-probability-1-PZ.nrrd",
        "case-0-probability-2-TZ.nrrd",
        "case-0-uncertainty.nrrd",
        "case-0.nrrd",
    ]
    t2w = sitk.ReadImage(str(job.cases[0].images[Role.T2W]))
    for artifact in made:
        shown = sitk.ReadImage(str(artifact.path))
        assert same_grid(shown, t2w, tolerance_mm=1e-9)
        assert shown.GetPixelID() == (sitk.sitkUInt8 if artifact.role == "prediction" else sitk.sitkFloat32)
    first, second_label, uncertain, mask = (image(a.path) for a in made)
    decided = np.argmax([1 - first - second_label, first, second_label], axis=0)
    assert (decided != mask).mean() < 1e-3
    assert uncertain.min() >= 0 and 0.1 < uncertain.max() <= np.log(3) + 1e-6
    (metric,) = (event for event in heard.of("metric") if event.name == "uncertainty_mean")
    assert metric.case == "case-0" and metric.unit == "nat"
    assert metric.value == pytest.approx(float(uncertain[mask > 0].mean()), rel=1e-5)


def test_the_mean_of_a_model_with_itself_is_the_model(predict_job: PredictJob, heard, tmp_path: Path) -> None:
    predict(predict_job, heard.context(), device=CPU)
    twice = predict_job.model_copy(update={"ensemble": (predict_job.model,), "output": tmp_path / "twice"})
    predict(twice, heard.context(), device=CPU)
    hashes = [artifact.sha256 for artifact in heard.of("artifact")]
    assert hashes[:2] == hashes[2:]


def test_the_uncertainty_of_nothing_has_no_mean(
    predict_job: PredictJob, heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "QualityFinetuneLib.engine.worker.looks.probabilities",
        lambda forward, prepared, **_: np.zeros((2, *prepared.image.shape[1:]), np.float32),
    )
    predict(predict_job.model_copy(update={"uncertainty": True}), heard.context(), device=CPU)
    assert [(event.value, event.why) for event in heard.of("metric")] == [(None, "The mask is empty.")] * 2
    assert "single look" in heard.of("log")[0].text


def test_a_model_of_another_task_does_not_join(predict_job: PredictJob, heard) -> None:
    job = predict_job.model_copy(update={"ensemble": (ModelChoice(card="taps_gland"),)})
    with pytest.raises(UserError) as caught:
        predict(job, heard.context(), device=CPU)
    assert caught.value.code is ErrorCode.BAD_JOB and not heard.of("artifact")


def test_a_file_of_a_map_is_no_other_cases_mask(predict_job: PredictJob) -> None:
    names = ("a", "a-uncertainty")
    cases = tuple(case.model_copy(update={"id": n}) for case, n in zip(predict_job.cases, names, strict=True))
    job = predict_job.model_copy(update={"cases": cases})
    require_cases(job)
    with pytest.raises(UserError) as caught:
        require_cases(job.model_copy(update={"uncertainty": True}))
    assert caught.value.code is ErrorCode.BAD_JOB


def test_small_parts_are_left_out_as_the_task_says(predict_job: PredictJob, heard, tmp_path: Path) -> None:
    predict(predict_job, heard.context(), device=CPU)
    task = predict_job.task.model_copy(update={"smallest_component_ml": 1000.0})
    job = predict_job.model_copy(update={"task": task, "output": tmp_path / "large"})
    predict(job, heard.context(), device=CPU)
    assert [bool(image(artifact.path).any()) for artifact in heard.of("artifact")] == [True, True, False, False]


@pytest.mark.parametrize("options", [{"flips": True}, {"uncertainty": True, "probabilities": True}])
def test_it_stops_within_a_case_and_leaves_no_half_of_it(predict_job: PredictJob, heard, options: dict) -> None:
    asked: list[int] = []

    def after_a_few() -> bool:
        asked.append(1)
        return len(asked) > 6

    with pytest.raises(Stopped):
        predict(predict_job.model_copy(update=options), heard.context(asked_to_stop=after_a_few), device=CPU)
    assert not heard.of("artifact") and not list(predict_job.output.rglob("*.nrrd"))


@pytest.mark.real_data
@pytest.mark.slow
def test_taps_gland_finds_a_real_gland(prostate_mini: Path, heard, tmp_path: Path) -> None:
    name = "ProstateX-0001"  # the hardest of the six that scripts/measure_gland.py measures
    case = CaseFiles(id=name, images={Role.T2W: prostate_mini / "cases" / name / "t2w.nii.gz"})
    job = PredictJob(output=tmp_path, model=ModelChoice(card="taps_gland"), task=load_task("gland"), cases=(case,))
    predict(job, heard.context(), device=CPU)
    found = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "predictions" / f"{name}.nrrd"))) > 0
    reference, package = (
        sitk.GetArrayFromImage(sitk.ReadImage(str(prostate_mini / path))) > 0
        for path in (f"labels-nc/{name}/picai_gland_bosma22b.nii.gz", f"cases/{name}/gland_taps.nii.gz")
    )
    assert dice(reference, found) >= 0.80
    # The package made this mask without its crop to the foreground; scripts/benchmark_gland.py runs its own code.
    assert dice(package, found) >= 0.95
