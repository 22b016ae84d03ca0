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


# In each way of learning, everything that a run can be asked for besides; small numbers, so that all of it happens.
SETTINGS: dict[str, dict[str, object]] = {
    "full": {"mode": "full", "decoder_warmup_epochs": 1},
    "frozen": {"mode": "frozen", "ema": 0.9},
    "probe": {"mode": "probe", "sampling": "class_balanced"},
    "partial": {"mode": "partial", "from_stage": 2, "accumulate": 2},
    "lora": {"mode": "lora", "lora_rank": 2, "ema": 0.9, "decoder_warmup_epochs": 1},
    "scratch": {"mode": "scratch", "patience": 2, "sampling": "quality_weighted", "quality_weights": {"high": 2.0}},
}


@pytest.fixture
def mode_job(finetune_job: MakeJob, tiny_profound: ModelChoice) -> MakeJob:
    """A job in one of the modes; SegResNet but where its encoder has nothing to adapt."""

    def make(mode: str, **changes: object) -> FinetuneJob:
        return finetune_job(**SETTINGS[mode], **({"model": tiny_profound} if mode == "lora" else {}), **changes)

    return make


@pytest.mark.parametrize("mode", SETTINGS)
def test_each_mode_learns_and_leaves_a_loadable_model(mode_job: MakeJob, heard, mode: str) -> None:
    rate = {"lora": 2e-2, "probe": 5e-2}.get(mode, 5e-3)
    job = mode_job(mode, epochs=6, steps_per_epoch=4, learning_rate=rate)
    finetune(job, heard.context(), device=CPU)

    assert losses(heard)[-1] < 0.85 * losses(heard)[0]
    model, meta = load_model(job.output / "best")
    assert (meta.mode, meta.task, meta.outputs) == (mode, "zones", 3)
    assert meta.trained_on["cases_high"] == 3
    assert not any("parametrizations" in name for name in model.state_dict()), "adapters are merged into the weights"
    assert [a.role for a in heard.of("artifact")] == ["model", "checkpoint", "metrics"]
    written = json.loads((job.output / "metrics.json").read_text())
    assert written["best"]["epoch"] == meta.trained_on["best_epoch"]
    assert [row["loss"] for row in written["history"]] == losses(heard)
    assert [row["epoch"] for row in written["timing"]] == [row["epoch"] for row in written["history"]]
    assert all(0 <= row["data_wait_share"] <= 1 for row in written["timing"])


@pytest.mark.parametrize("mode", SETTINGS)
def test_what_each_mode_leaves_predicts(mode_job: MakeJob, exams, heard, tmp_path: Path, mode: str) -> None:
    job = mode_job(mode, epochs=1)
    finetune(job, heard.context(), device=CPU)
    finished = ModelChoice(card="any", folder=job.output / "best")
    done = PredictJob(
        output=tmp_path / "p", device="cpu", precision="fp32", model=finished, task=job.task, cases=exams[4:]
    )
    predict(done, heard.context(), device=CPU)
    mask = sitk.ReadImage(str(tmp_path / "p" / "predictions" / "case-4.nrrd"))
    assert mask.GetOrigin() == sitk.ReadImage(str(exams[4].label)).GetOrigin()


@pytest.mark.parametrize("mode", SETTINGS)
def test_the_same_seed_gives_the_same_losses_twice_and_a_resumed_run_equals_an_unbroken_one(
    mode_job: MakeJob, heard, tmp_path: Path, mode: str
) -> None:
    whole = mode_job(mode, output=tmp_path / "whole")
    finetune(whole, heard.context(), device=CPU)

    told = type(heard)()
    broken = mode_job(mode, output=tmp_path / "broken")
    steps_an_epoch = sum(e.event == "progress" and e.unit == "step" for e in heard) // 3

    def asked() -> bool:
        return sum(e.event == "progress" and e.unit == "step" for e in told) > 1 + steps_an_epoch

    with pytest.raises(Stopped):
        finetune(broken, told.context(asked_to_stop=asked), device=CPU)
    assert losses(told) == losses(heard)[: len(losses(told))] and losses(told), "the same until it was stopped"
    again = type(heard)()
    finetune(broken.model_copy(update={"resume": True}), again.context(), device=CPU)
    assert losses(told) + losses(again) == losses(heard)
    states = [torch.load(tmp_path / name / "last.pt", weights_only=True) for name in ("whole", "broken")]
    for part in ("weights", "average"):
        assert states[0][part].keys() == states[1][part].keys()
        assert all(torch.equal(states[0][part][name], states[1][part][name]) for name in states[0][part])
    for part in ("history", "best_epoch", "best_value", "averaged_steps", "stopped_early"):
        assert states[0][part] == states[1][part]
    best = [load_file(tmp_path / name / "best" / "model.safetensors") for name in ("whole", "broken")]
    assert all(torch.equal(best[0][name], best[1][name]) for name in best[0])


def test_no_better_value_for_long_enough_ends_the_run(finetune_job: MakeJob, heard) -> None:
    job = finetune_job(learning_rate=1e-9, epochs=20, patience=2, augment=False)
    finetune(job, heard.context(), device=CPU)
    written = json.loads((job.output / "metrics.json").read_text())
    assert written["stopped_early"] and len(written["history"]) == written["best"]["epoch"] + 2
    assert any("nothing better since epoch" in event.text for event in heard.of("log"))
    heard.clear()
    finetune(job.model_copy(update={"resume": True}), heard.context(), device=CPU)
    assert losses(heard) == [], "a run that ended is not gone on with"


def test_accumulated_batches_equal_one_larger_batch(finetune_job: MakeJob, heard, tmp_path: Path) -> None:
    for name, options in (("large", {"batch_size": 2}), ("small", {"batch_size": 1, "accumulate": 2})):
        finetune(finetune_job(mode="full", output=tmp_path / name, **options), heard.context(), device=CPU)
    told = losses(heard)
    assert told[:3] == pytest.approx(told[3:], rel=1e-5)


def test_what_is_validated_and_saved_is_the_running_mean(finetune_job: MakeJob, heard) -> None:
    job = finetune_job(mode="scratch", ema=0.9, epochs=2, steps_per_epoch=3, validate_every=2)
    finetune(job, heard.context(), device=CPU)
    state = torch.load(job.output / "last.pt", weights_only=True)
    saved = load_file(job.output / "best" / "model.safetensors")
    assert state["averaged_steps"] == 6 and state["best_epoch"] == 2
    assert all(torch.equal(saved[name], value) for name, value in state["average"].items())
    assert not all(torch.equal(saved[name], state["weights"][name]) for name in state["average"])


def test_an_encoder_joins_in_after_the_decoders_warm_up(finetune_job: MakeJob, heard, tmp_path: Path) -> None:
    moved = []
    for epochs in (2, 3):
        job = finetune_job(
            mode="full", epochs=3, decoder_warmup_epochs=epochs, output=tmp_path / str(epochs), validate_on=()
        )
        finetune(job, heard.context(), device=CPU)
        weights = final_weights(job.output)
        start = load_file(job.model.weights)
        moved.append(
            [bool((weights[name] - start[name]).abs().max() > 0) for name in start if name.startswith("encoder.")]
        )
    assert all(moved[0]) and not any(moved[1])


def test_fp16_without_a_gpu_is_refused(finetune_job: MakeJob, heard) -> None:
    with pytest.raises(UserError) as caught:
        finetune(finetune_job(precision="fp16"), heard.context(), device=CPU)
    assert caught.value.code is ErrorCode.BAD_CONFIG


def test_another_seed_gives_another_loss(finetune_job: MakeJob, heard, tmp_path: Path) -> None:
    for seed in (0, 1):
        finetune(finetune_job(seed=seed, epochs=1, output=tmp_path / str(seed)), heard.context(), device=CPU)
    assert losses(heard)[0] != losses(heard)[1]


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
    heard.clear()
    finetune(job.model_copy(update=changes | {"resume": True}), heard.context(), device=CPU)
    assert losses(heard) == [], "nothing is learned again"
    assert [a.role for a in heard.of("artifact")] == ["model", "checkpoint", "metrics"]


@pytest.mark.parametrize("mode", ["full", "frozen", "probe"])
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
