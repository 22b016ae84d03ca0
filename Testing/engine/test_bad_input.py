"""Whatever a user hands over by mistake ends as one typed failure: no traceback, no half-written model."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.engine.protocol.events import EVENT, Failed, Warned
from QualityFinetuneLib.engine.protocol.exit_codes import ExitCode
from QualityFinetuneLib.engine.protocol.job_file import save_job
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, FinetuneJob, ModelChoice, PredictJob, PretrainJob
from QualityFinetuneLib.engine.worker.channel import Channel
from QualityFinetuneLib.engine.worker.control import Control
from QualityFinetuneLib.engine.worker.main import run_job_file

MakeJob = Callable[..., FinetuneJob]


def run(job: FinetuneJob | PredictJob | PretrainJob) -> tuple[ExitCode, list]:
    code = run_job_file(save_job(job), Channel(None), Control())
    lines = (job.output / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if "Traceback" in line]
    return code, [EVENT.validate_json(line) for line in lines]


def assert_refused(job: FinetuneJob | PredictJob | PretrainJob, code: str) -> Failed:
    status, events = run(job)
    failed = events[-1]
    assert status == ExitCode.FAILED and isinstance(failed, Failed)
    assert failed.code == code, failed
    assert all(sentence.strip().endswith((".", "!")) for sentence in (failed.what, failed.why, failed.next)), failed
    models = [path for path in job.output.rglob("*") if path.suffix in {".safetensors", ".pt", ".nrrd"}]
    assert not models, models
    return failed


class Runs:
    """Unpickled, it leaves a mark: proof that code in a checkpoint ran."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.mark,)


def html(path: Path) -> None:
    path.write_text("<!DOCTYPE html><html><body>Please sign in to download.</body></html>", encoding="utf-8")


def truncated(path: Path) -> None:
    torch.save({"model": {"a.weight": torch.zeros(64, 64)}}, path)
    path.write_bytes(path.read_bytes()[:-500])


def another_network(path: Path) -> None:
    torch.save({"model": {"fc.weight": torch.zeros(4, 4), "fc.bias": torch.zeros(4)}}, path)


def no_weights_inside(path: Path) -> None:
    torch.save([1, 2, 3], path)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("mode", ["full", "frozen"])
@pytest.mark.parametrize("make", [html, truncated, another_network, no_weights_inside, empty])
def test_a_wrong_checkpoint_starts_no_training(
    make: Callable[[Path], None], mode: str, finetune_job: MakeJob, tiny_card: Path, tmp_path: Path
) -> None:
    make(tmp_path / "weights.pth")
    choice = ModelChoice(card=str(tiny_card), weights=tmp_path / "weights.pth")
    assert_refused(finetune_job(model=choice, mode=mode), "wrong_checkpoint")


@pytest.mark.parametrize("make", [html, truncated, another_network, no_weights_inside, empty])
def test_a_wrong_checkpoint_predicts_nothing(
    make: Callable[[Path], None], predict_job: PredictJob, tiny_card: Path, tmp_path: Path
) -> None:
    make(tmp_path / "weights.pth")
    choice = ModelChoice(card=str(tiny_card), weights=tmp_path / "weights.pth")
    assert_refused(predict_job.model_copy(update={"model": choice}), "wrong_checkpoint")


def test_weights_of_another_architecture_serve_nothing(
    finetune_job: MakeJob,
    predict_job: PredictJob,
    pretrain_job,
    tiny_profound: ModelChoice,
    tiny_weights: Path,
    tmp_path: Path,
) -> None:
    wrong = tiny_profound.model_copy(update={"weights": tiny_weights})
    assert_refused(finetune_job(model=wrong, mode="full"), "wrong_checkpoint")
    assert_refused(predict_job.model_copy(update={"model": wrong}), "wrong_checkpoint")
    assert_refused(
        predict_job.model_copy(update={"ensemble": (wrong,), "output": tmp_path / "both"}), "wrong_checkpoint"
    )
    assert_refused(pretrain_job(model=wrong, start="pretrained", output=tmp_path / "pretrain"), "wrong_checkpoint")


@pytest.mark.parametrize("wrap", ["torch", "pickle"])
def test_code_in_a_checkpoint_never_runs(wrap: str, finetune_job: MakeJob, tiny_card: Path, tmp_path: Path) -> None:
    path, mark = tmp_path / "weights.pth", tmp_path / "it-ran"
    content = {"model": {"a.weight": torch.zeros(2)}, "note": Runs(mark)}
    if wrap == "torch":
        torch.save(content, path)
    else:
        path.write_bytes(pickle.dumps(content))
    choice = ModelChoice(card=str(tiny_card), weights=path)
    assert_refused(finetune_job(model=choice, mode="full"), "wrong_checkpoint")
    assert not mark.exists()


def changed(case: CaseFiles, folder: Path, *, what: str, change: Callable[[sitk.Image], sitk.Image]) -> CaseFiles:
    source = case.label if what == "label" else case.images[Role.T2W]
    path = folder / f"changed-{what}.nrrd"
    sitk.WriteImage(change(sitk.ReadImage(str(source))), str(path))
    update = {"label": path} if what == "label" else {"images": {Role.T2W: path}}
    return case.model_copy(update=update)


def _edited(edit: Callable[[np.ndarray], np.ndarray]) -> Callable[[sitk.Image], sitk.Image]:
    def change(image: sitk.Image) -> sitk.Image:
        made = sitk.GetImageFromArray(edit(sitk.GetArrayFromImage(image)))
        made.CopyInformation(image)
        return made

    return change


def _moved(image: sitk.Image) -> sitk.Image:
    image.SetOrigin(tuple(value + 4.0 for value in image.GetOrigin()))
    return image


def _with_nan(values: np.ndarray) -> np.ndarray:
    values[2, 3, 4] = np.nan
    return values


def _with_another_label(values: np.ndarray) -> np.ndarray:
    values[2, 3, 4] = 7
    return values


@pytest.mark.parametrize(
    ("what", "change", "code"),
    [
        ("label", _edited(_with_another_label), "bad_label"),
        ("label", _moved, "bad_geometry"),
        ("label", lambda image: image[:-2, :, :], "bad_geometry"),
        ("image", _edited(_with_nan), "bad_values"),
    ],
    ids=["labels outside the task", "a mask elsewhere", "a smaller mask", "NaN in the image"],
)
def test_a_case_that_is_wrong_names_itself(
    what: str, change: Callable[[sitk.Image], sitk.Image], code: str, finetune_job: MakeJob, exams, tmp_path: Path
) -> None:
    wrong = changed(exams[1], tmp_path, what=what, change=change)
    failed = assert_refused(finetune_job(train=(exams[0], wrong)), code)
    assert wrong.id in failed.what + failed.why


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda case: case.model_copy(update={"images": {}}), "missing_series"),
        (lambda case: case.model_copy(update={"label": None}), "no_label"),
        (lambda case: case.model_copy(update={"label": case.label.with_name("gone.nrrd")}), "unreadable_file"),
    ],
    ids=["no T2w", "no mask", "the mask is gone"],
)
def test_a_case_that_lacks_something_is_told(change, code: str, finetune_job: MakeJob, exams) -> None:
    failed = assert_refused(finetune_job(train=(change(exams[0]), exams[1])), code)
    assert exams[0].id in failed.what + failed.why or "gone.nrrd" in failed.what


def test_voxels_that_are_no_numbers_are_neither_predicted_nor_pretrained_on(
    predict_job: PredictJob, pretrain_job, exams, tmp_path: Path
) -> None:
    wrong = changed(exams[1], tmp_path, what="image", change=_edited(_with_nan))
    for job in (predict_job.model_copy(update={"cases": (wrong,)}), pretrain_job(cases=(wrong,))):
        failed = assert_refused(job, "bad_values")
        assert wrong.id in failed.what + failed.why


def test_a_cohort_of_background_teaches_nothing(finetune_job: MakeJob, exams, tmp_path: Path) -> None:
    background = [
        changed(case, tmp_path / str(number), what="label", change=_edited(np.zeros_like))
        for number, case in enumerate(exams[:2])
        if not (tmp_path / str(number)).mkdir()
    ]
    assert_refused(finetune_job(train=tuple(background)), "no_label")


def test_one_case_and_a_batch_larger_than_it_train_with_a_word_about_it(finetune_job: MakeJob, exams) -> None:
    job = finetune_job(train=exams[:1], batch_size=8, epochs=1)
    status, events = run(job)
    assert status == ExitCode.DONE
    assert [event for event in events if isinstance(event, Warned) and "batch" in event.what.lower()]
    assert (job.output / "best" / "model.safetensors").is_file()


def test_a_task_that_needs_diffusion_refuses_an_exam_without(finetune_job: MakeJob, exams, zones) -> None:
    task = zones.model_copy(update={"roles": (Role.T2W, Role.ADC), "needs": (Role.T2W, Role.ADC)})
    failed = assert_refused(finetune_job(task=task), "missing_series")
    assert exams[0].id in failed.what and "adc" in failed.why


def test_a_prediction_that_needs_diffusion_refuses_an_exam_without(predict_job: PredictJob, exams, zones) -> None:
    task = zones.model_copy(update={"roles": (Role.T2W, Role.ADC), "needs": (Role.T2W, Role.ADC)})
    failed = assert_refused(predict_job.model_copy(update={"task": task}), "missing_series")
    assert exams[0].id in failed.what
