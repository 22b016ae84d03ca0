"""Predictions: one mask a case, exactly on its T2w, announced when it is complete."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.files import sha256_of
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, ModelChoice, PredictJob
from QualityFinetuneLib.engine.worker.context import Stopped
from QualityFinetuneLib.engine.worker.overlap import dice
from QualityFinetuneLib.engine.worker.predict import file_name, predict

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
        "QualityFinetuneLib.engine.worker.predict.probabilities",
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
    # This mask was made by the package without its crop to the foreground; scripts/benchmark_gland.py compares with it.
    assert dice(package, found) >= 0.95
