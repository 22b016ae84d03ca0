"""Finetuning inside the test's process: it learns, it repeats exactly, it resumes exactly, it tells what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import SimpleITK as sitk
import torch
from safetensors.torch import load_file

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.events import Metric
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, FinetuneJob, ModelChoice, PredictJob
from QualityFinetuneLib.engine.worker.context import Stopped
from QualityFinetuneLib.engine.worker.finetune import finetune
from QualityFinetuneLib.engine.worker.predict import predict
from QualityFinetuneLib.models.package import load_model

CPU = torch.device("cpu")
MakeJob = Callable[..., FinetuneJob]


def losses(heard) -> list[float | None]:
    return [event.value for event in heard if isinstance(event, Metric) and event.name == "loss"]


def final_weights(output: Path) -> dict[str, torch.Tensor]:
    return torch.load(output / "last.pt", weights_only=True)["weights"]


def assert_same_weights(first: Path, second: Path) -> None:
    a, b = final_weights(first), final_weights(second)
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("mode", ["full", "frozen", "scratch"])
def test_each_mode_learns_and_leaves_a_loadable_model(finetune_job: MakeJob, heard, mode: str) -> None:
    job = finetune_job(mode=mode, epochs=6, steps_per_epoch=4)
    finetune(job, heard.context(), device=CPU)

    assert losses(heard)[-1] < 0.8 * losses(heard)[0]
    _, meta = load_model(job.output / "best")
    assert (meta.mode, meta.task, meta.outputs) == (mode, "zones", 3)
    assert meta.trained_on["cases_high"] == 3
    assert [a.role for a in heard.of("artifact")] == ["model", "checkpoint", "metrics"]
    written = json.loads((job.output / "metrics.json").read_text())
    assert written["best"]["epoch"] == meta.trained_on["best_epoch"]
    assert [row["loss"] for row in written["history"]] == losses(heard)


@pytest.mark.parametrize("mode", ["full", "frozen"])
def test_the_same_seed_gives_the_same_losses_and_weights_twice(
    finetune_job: MakeJob, heard, tmp_path: Path, mode: str
) -> None:
    for name in ("a", "b"):
        finetune(finetune_job(mode=mode, output=tmp_path / name), heard.context(), device=CPU)
    told = losses(heard)
    assert told[:3] == told[3:]
    assert_same_weights(tmp_path / "a", tmp_path / "b")


def test_another_seed_gives_another_loss(finetune_job: MakeJob, heard, tmp_path: Path) -> None:
    for seed in (0, 1):
        finetune(finetune_job(seed=seed, epochs=1, output=tmp_path / str(seed)), heard.context(), device=CPU)
    assert losses(heard)[0] != losses(heard)[1]


def test_a_resumed_run_equals_an_unbroken_one_exactly(finetune_job: MakeJob, heard, tmp_path: Path) -> None:
    finetune(finetune_job(mode="full", output=tmp_path / "whole"), heard.context(), device=CPU)
    steps = 0

    def stop_in_second_epoch() -> bool:
        nonlocal steps
        steps = sum(event.event == "progress" and event.unit == "step" for event in heard_broken)
        return steps > 4

    heard_broken = type(heard)()
    broken = finetune_job(mode="full", output=tmp_path / "broken")
    with pytest.raises(Stopped):
        finetune(broken, heard_broken.context(asked_to_stop=stop_in_second_epoch), device=CPU)
    assert [a.role for a in heard_broken.of("artifact")] == ["model", "checkpoint"]

    heard_again = type(heard)()
    resumed = broken.model_copy(update={"resume": True})
    finetune(resumed, heard_again.context(), device=CPU)
    assert losses(heard_broken) + losses(heard_again) == losses(heard)
    assert_same_weights(tmp_path / "whole", tmp_path / "broken")
    best = [load_file(tmp_path / name / "best" / "model.safetensors") for name in ("whole", "broken")]
    assert all(torch.equal(best[0][name], best[1][name]) for name in best[0])


def test_resuming_with_other_settings_is_refused(finetune_job: MakeJob, heard) -> None:
    finetune(finetune_job(epochs=1), heard.context(), device=CPU)
    with pytest.raises(UserError) as caught:
        finetune(finetune_job(epochs=1, learning_rate=0.1, resume=True), heard.context(), device=CPU)
    assert caught.value.code is ErrorCode.CONFLICT


def refusal(job: FinetuneJob, heard) -> UserError:
    with pytest.raises(UserError) as caught:
        finetune(job, heard.context(), device=CPU)
    assert not (job.output / "best").exists(), "no half-written model"
    return caught.value


def empty_mask(case: CaseFiles, folder: Path) -> CaseFiles:
    path = folder / f"{case.id}-empty.nrrd"
    sitk.WriteImage(sitk.ReadImage(str(case.label)) * 0, str(path))
    return case.model_copy(update={"label": path})


def test_without_validation_cases_the_lowest_loss_is_the_best(finetune_job: MakeJob, heard) -> None:
    job = finetune_job(validate_on=(), epochs=4)
    finetune(job, heard.context(), device=CPU)
    best = json.loads((job.output / "metrics.json").read_text())["best"]
    assert best == {"epoch": losses(heard).index(min(losses(heard))) + 1, "dice": None}


def test_validation_can_be_rarer_but_ends_the_run(finetune_job: MakeJob, heard) -> None:
    finetune(finetune_job(epochs=5, validate_every=2), heard.context(), device=CPU)
    told = {e.epoch for e in heard if isinstance(e, Metric) and e.name == "dice"}
    assert told == {2, 4, 5}


def test_one_case_is_enough_and_a_larger_batch_is_reduced(finetune_job: MakeJob, exams, heard) -> None:
    finetune(finetune_job(train=exams[:1], batch_size=4, epochs=1), heard.context(), device=CPU)
    assert [event.code for event in heard.of("warning")] == [ErrorCode.BAD_CONFIG]
    assert "only 1 training case" in heard.of("warning")[0].why


def test_a_case_on_both_sides_is_warned_of(finetune_job: MakeJob, exams, heard) -> None:
    finetune(finetune_job(train=exams[:2], validate_on=exams[1:3], epochs=1), heard.context(), device=CPU)
    assert "case-1" in heard.of("warning")[0].why


def test_nothing_to_learn_from_is_refused(finetune_job: MakeJob, heard) -> None:
    assert refusal(finetune_job(train=()), heard).code is ErrorCode.TOO_FEW_CASES


def test_masks_that_are_all_background_are_refused(finetune_job: MakeJob, exams, heard, tmp_path: Path) -> None:
    train = tuple(empty_mask(case, tmp_path) for case in exams[:2])
    assert refusal(finetune_job(train=train), heard).code is ErrorCode.NO_LABEL


def test_one_background_case_among_others_is_warned_of(finetune_job: MakeJob, exams, heard, tmp_path: Path) -> None:
    train = (empty_mask(exams[0], tmp_path), exams[1])
    finetune(finetune_job(train=train, epochs=1), heard.context(), device=CPU)
    assert [(e.code, e.case) for e in heard.of("warning")] == [(ErrorCode.NO_LABEL, "case-0")]


def test_a_mask_of_another_case_is_refused(finetune_job: MakeJob, exams, heard, tmp_path: Path) -> None:
    mask = sitk.ReadImage(str(exams[1].label))
    mask.SetOrigin((0, 0, 0))
    sitk.WriteImage(mask, str(tmp_path / "elsewhere.nrrd"))
    case = exams[0].model_copy(update={"label": tmp_path / "elsewhere.nrrd"})
    assert refusal(finetune_job(train=(case,)), heard).code is ErrorCode.BAD_GEOMETRY


def test_a_learning_rate_that_explodes_is_told(finetune_job: MakeJob, heard) -> None:
    job = finetune_job(learning_rate=1e30, epochs=20)
    with pytest.raises(UserError) as caught:
        finetune(job, heard.context(), device=CPU)
    assert caught.value.code is ErrorCode.BAD_VALUES and "smaller learning rate" in caught.value.next


def test_a_frozen_encoder_is_encoded_once_for_each_view(finetune_job: MakeJob, heard, tmp_path: Path) -> None:
    job = finetune_job(mode="frozen", views=2, epochs=6, validate_on=(), cache=tmp_path / "features")
    finetune(job, heard.context(), device=CPU)
    assert len(list((tmp_path / "features").iterdir())) == 3 * 2
    encoder = load_model(job.output / "best")[0].encoder.state_dict()
    start = load_file(job.model.weights)
    assert all(torch.equal(value, start[f"encoder.{name}"]) for name, value in encoder.items())


def test_features_of_one_run_end_with_it_and_a_shared_folder_stays(
    finetune_job: MakeJob, heard, tmp_path: Path
) -> None:
    own = finetune_job(mode="frozen", epochs=1, output=tmp_path / "own")
    finetune(own, heard.context(), device=CPU)
    assert not (own.output / "cache").exists()


def test_a_run_started_anew_forgets_the_old_one(finetune_job: MakeJob, heard) -> None:
    job = finetune_job(epochs=2)
    finetune(job, heard.context(), device=CPU)
    finetune(job, heard.context(), device=CPU)
    assert losses(heard)[:2] == losses(heard)[2:]


def test_resuming_a_finished_run_only_tells_what_it_left(finetune_job: MakeJob, heard) -> None:
    finetune(finetune_job(epochs=1), heard.context(), device=CPU)
    heard.clear()
    finetune(finetune_job(epochs=1, resume=True), heard.context(), device=CPU)
    assert losses(heard) == []
    assert [a.role for a in heard.of("artifact")] == ["model", "checkpoint", "metrics"]


def test_a_moved_study_can_be_resumed(finetune_job: MakeJob, exams, heard, tmp_path: Path) -> None:
    job = finetune_job(epochs=1)
    finetune(job, heard.context(), device=CPU)
    moved = shutil.copytree(exams[0].label.parent, tmp_path / "moved")

    def elsewhere(case: CaseFiles) -> CaseFiles:
        images = {role: moved / path.name for role, path in case.images.items()}
        return case.model_copy(update={"images": images, "label": moved / case.label.name})

    changes = {name: tuple(map(elsewhere, getattr(job, name))) for name in ("train", "validate_on")}
    finetune(job.model_copy(update=changes | {"resume": True}), heard.context(), device=CPU)


@pytest.mark.parametrize("mode", ["full", "frozen"])
def test_a_whole_volume_network_trains_and_predicts(
    exams, tiny_profound: ModelChoice, finetune_job: MakeJob, heard, tmp_path: Path, mode: str
) -> None:
    job = finetune_job(model=tiny_profound, mode=mode, epochs=2, batch_size=2)
    finetune(job, heard.context(), device=CPU)
    finished = ModelChoice(card="profound_conv", folder=job.output / "best")
    done = PredictJob(output=tmp_path / "p", model=finished, task=job.task, cases=exams[4:])
    predict(done, heard.context(), device=CPU)
    mask = sitk.ReadImage(str(tmp_path / "p" / "predictions" / "case-4.nrrd"))
    assert mask.GetOrigin() == sitk.ReadImage(str(exams[4].label)).GetOrigin()
