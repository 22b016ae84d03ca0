"""Pretraining inside the test's process: it learns, repeats and resumes exactly, and a finetune starts from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.simulated import make_cohort
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.events import Metric
from QualityFinetuneLib.engine.protocol.jobs import (
    CaseFiles,
    FinetuneJob,
    ModelChoice,
    PredictJob,
    PretrainJob,
    PretrainOptions,
)
from QualityFinetuneLib.engine.worker import step as step_module
from QualityFinetuneLib.engine.worker.context import Stopped
from QualityFinetuneLib.engine.worker.finetune import finetune
from QualityFinetuneLib.engine.worker.network import network_to_train
from QualityFinetuneLib.engine.worker.predict import predict
from QualityFinetuneLib.engine.worker.pretrain import pretrain
from QualityFinetuneLib.engine.worker.state import save_state
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.loading import load_pretrained
from QualityFinetuneLib.models.package import load_model

CPU = torch.device("cpu")
MakeJob = Callable[..., PretrainJob]


@pytest.fixture
def pretrain_job(exams: tuple[CaseFiles, ...], tiny_card: Path, tmp_path: Path) -> MakeJob:
    """Three exams to learn from and one held out, images alone; keyword arguments change job or options."""
    images = [case.model_copy(update={"label": None}) for case in exams]

    def make(**changes: object) -> PretrainJob:
        options = {name: changes.pop(name) for name in list(changes) if name in PretrainOptions.model_fields}
        defaults = {"epochs": 3, "decoder_width": 16, "learning_rate": 3e-3}
        values: dict[str, object] = {
            "output": tmp_path / "run",
            "device": "cpu",
            "threads": 1,
            "precision": "fp32",
            "model": ModelChoice(card=str(tiny_card)),
            "cases": images[:3],
            "hold_out": images[3:4],
            "options": PretrainOptions.model_validate(defaults | options),
        }
        return PretrainJob.model_validate(values | changes)

    return make


def told(heard, name: str) -> list[float | None]:
    """A number of each epoch, over all cases."""
    return [event.value for event in heard if isinstance(event, Metric) and event.name == name and not event.case]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[CaseFiles, ...]:
    """Three simulated exams of all channels."""
    folder = tmp_path_factory.mktemp("simulated")
    make_cohort(folder, patients=3, seed=1, size=(48, 48, 8), spacing_mm=(2.0, 2.0, 3.0))
    return tuple(
        CaseFiles(
            id=exam.name,
            images={role: exam / f"{role}.nrrd" for role in (Role.T2W, Role.HBV, Role.ADC)},
            simulated=True,
        )
        for exam in sorted(folder.iterdir())
        if exam.is_dir()
    )


@pytest.mark.parametrize("network", ["segresnet", "profound"])
def test_the_masked_loss_falls_on_simulated_exams(
    pretrain_job: MakeJob, simulated: tuple[CaseFiles, ...], tiny_profound: ModelChoice, heard, network: str
) -> None:
    changes = (
        {"model": tiny_profound, "learning_rate": 1e-3}
        if network == "profound"
        else {"patch": (40, 40, 8), "mask_patch": (8, 8, 4)}
    )
    job = pretrain_job(cases=simulated[:2], hold_out=simulated[2:], epochs=6, steps_per_epoch=5, **changes)
    pretrain(job, heard.context(), device=CPU)

    held_out, losses = told(heard, "held_out_loss"), told(heard, "loss")
    assert losses[-1] < 0.95 * losses[0]
    assert held_out[-1] < 0.97
    assert held_out[-1] < held_out[0]
    assert [event.role for event in heard.of("artifact")] == ["model", "checkpoint", "metrics"]
    written = json.loads((job.output / "metrics.json").read_text())
    assert [row["held_out_loss"] for row in written["history"]] == held_out
    assert written["best"] == {"epoch": held_out.index(min(held_out)) + 1, "held_out_loss": min(held_out)}
    model, meta = load_model(job.output / "best")
    assert (meta.predicts, meta.labels, meta.simulated) == ("encoder", (), True)
    assert meta.trained_on["held_out_loss"] == min(held_out)
    assert all(name.startswith("encoder.") for name in model.state_dict())
    assert not (job.output / "cache").exists()


def test_the_same_seed_gives_the_same_losses_and_another_seed_others(
    pretrain_job: MakeJob, heard, tmp_path: Path
) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        pretrain(pretrain_job(output=tmp_path / name, seed=seed, epochs=2), heard.context(), device=CPU)
    losses = told(heard, "loss")
    assert losses[:2] == losses[2:4] != losses[4:]


def test_a_resumed_run_equals_an_unbroken_one_exactly(pretrain_job: MakeJob, heard, tmp_path: Path) -> None:
    settings = {"epochs": 4, "steps_per_epoch": 3}
    pretrain(pretrain_job(output=tmp_path / "whole", **settings), heard.context(), device=CPU)

    broken_heard = type(heard)()

    def stop() -> bool:
        return sum(event.event == "progress" and event.unit == "step" for event in broken_heard) > 5

    broken = pretrain_job(output=tmp_path / "broken", **settings)
    with pytest.raises(Stopped):
        pretrain(broken, broken_heard.context(asked_to_stop=stop), device=CPU)
    assert [event.role for event in broken_heard.of("artifact")] == ["model", "checkpoint"]

    again = type(heard)()
    pretrain(broken.model_copy(update={"resume": True}), again.context(), device=CPU)
    assert told(broken_heard, "loss") + told(again, "loss") == told(heard, "loss")
    assert told(again, "held_out_loss")[-1] == told(heard, "held_out_loss")[-1]
    whole, resumed = (
        torch.load(tmp_path / name / "last.pt", weights_only=True)["weights"] for name in ("whole", "broken")
    )
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    best = [load_file(tmp_path / name / "best" / "model.safetensors") for name in ("whole", "broken")]
    assert all(torch.equal(best[0][name], best[1][name]) for name in best[0])


def test_a_run_killed_between_its_model_and_its_record_ends_like_an_unbroken_one(
    pretrain_job: MakeJob, heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretrain(pretrain_job(output=tmp_path / "whole"), heard.context(), device=CPU)

    class Killed(BaseException):
        pass

    def killed(folder: Path, state: object) -> None:
        if state.epoch == 2:
            raise Killed
        save_state(folder, state)

    job = pretrain_job(output=tmp_path / "killed")
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("QualityFinetuneLib.engine.worker.pretrain.save_state", killed)
        pretrain(job, type(heard)().context(), device=CPU)
    again = type(heard)()
    pretrain(job.model_copy(update={"resume": True}), again.context(), device=CPU)
    assert told(again, "loss") == told(heard, "loss")[1:]
    best = [load_file(tmp_path / name / "best" / "model.safetensors") for name in ("whole", "killed")]
    assert all(torch.equal(best[0][name], best[1][name]) for name in best[0])


def test_resuming_with_other_settings_is_refused(pretrain_job: MakeJob, heard) -> None:
    pretrain(pretrain_job(epochs=1), heard.context(), device=CPU)
    with pytest.raises(UserError) as caught:
        pretrain(pretrain_job(epochs=1, mask_ratio=0.5, resume=True), heard.context(), device=CPU)
    assert caught.value.code is ErrorCode.CONFLICT


@pytest.mark.parametrize("mode", ["full", "frozen"])
def test_a_finetune_starts_from_the_encoder_and_a_fresh_decoder(
    pretrain_job: MakeJob, finetune_job: Callable[..., FinetuneJob], heard, tmp_path: Path, mode: str
) -> None:
    pretraining = pretrain_job(epochs=1)
    pretrain(pretraining, heard.context(), device=CPU)
    start = ModelChoice(card="tiny", folder=pretraining.output / "best")
    job = finetune_job(model=start, mode=mode, epochs=1, output=tmp_path / "tuned")

    options = {"options": job.options, "seed": job.seed, "simulated": False}
    network = network_to_train(start, job.task, context=heard.context(), **options)
    kept = load_file(pretraining.output / "best" / "model.safetensors")
    state = network.model.state_dict()
    assert {name for name in state if name.startswith("encoder.")} == set(kept)
    assert all(torch.equal(state[name], kept[name]) for name in kept)
    assert network.start == load_model(pretraining.output / "best")[1].weights_sha256
    line = heard.of("log")[-1].text
    assert f"{len(kept)} of {len(state)} tensors fit" in line
    assert f"{len(state) - len(kept)} start fresh" in line

    finetune(job, heard.context(), device=CPU)
    _, meta = load_model(job.output / "best")
    assert (meta.predicts, meta.mode, meta.task) == ("segmentation", mode, "zones")
    assert meta.trained_on["start"] == network.start


def test_its_file_serves_as_weights_of_a_card_too(pretrain_job: MakeJob, tiny_card: Path, heard) -> None:
    job = pretrain_job(epochs=1)
    pretrain(job, heard.context(), device=CPU)
    path = job.output / "best" / "model.safetensors"
    report = load_pretrained(build("segresnet_ds", outputs=4, in_channels=1, init_filters=8), path, strict=False)
    assert set(report.matched) == set(load_file(path))
    assert all(not name.startswith("encoder.") for name in report.missing)


def test_an_encoder_alone_predicts_nothing_and_says_so(pretrain_job: MakeJob, predict_job: PredictJob, heard) -> None:
    job = pretrain_job(epochs=1)
    pretrain(job, heard.context(), device=CPU)
    asked = predict_job.model_copy(update={"model": ModelChoice(card="tiny", folder=job.output / "best")})
    with pytest.raises(UserError) as caught:
        predict(asked, heard.context(), device=CPU)
    assert caught.value.code is ErrorCode.BAD_JOB
    assert "pretrained without labels" in caught.value.why


def test_pretraining_goes_on_from_a_pretrained_encoder(pretrain_job: MakeJob, heard, tmp_path: Path) -> None:
    settings = {"epochs": 3, "steps_per_epoch": 8}
    pretrain(pretrain_job(**settings), heard.context(), device=CPU)
    first = told(heard, "loss")
    heard.clear()
    folder = tmp_path / "run" / "best"
    onward = pretrain_job(
        model=ModelChoice(card="tiny", folder=folder), start="pretrained", output=tmp_path / "on", **settings
    )
    pretrain(onward, heard.context(), device=CPU)
    assert told(heard, "loss")[0] < first[0]
    assert load_model(onward.output / "best")[1].trained_on["start"] == load_model(folder)[1].weights_sha256


def test_without_held_out_cases_the_lowest_loss_is_the_best(pretrain_job: MakeJob, heard) -> None:
    job = pretrain_job(hold_out=(), epochs=2)
    pretrain(job, heard.context(), device=CPU)
    losses = told(heard, "loss")
    best = json.loads((job.output / "metrics.json").read_text())["best"]
    assert best == {"epoch": losses.index(min(losses)) + 1, "held_out_loss": None}
    assert "held_out_loss" not in load_model(job.output / "best")[1].trained_on


def test_out_of_memory_is_survived_by_showing_less(
    pretrain_job: MakeJob, heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = step_module.TrainingStep._outputs

    def limited(self, images: torch.Tensor):
        if images.numel() > 2 * 16 * 8 * 8:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return real(self, images)

    monkeypatch.setattr(step_module.TrainingStep, "_outputs", limited)
    monkeypatch.setattr("QualityFinetuneLib.engine.worker.memory_plan.SMALLEST_PATCH", 8)
    job = pretrain_job(epochs=1)
    pretrain(job, heard.context(), device=CPU)
    warned = [event.why for event in heard.of("warning") if event.code is ErrorCode.OUT_OF_MEMORY]
    assert len(warned) == 2
    assert "2 parts" in warned[0]
    assert "8 x 16 x 8" in warned[1]


def test_a_loss_that_is_no_number_ends_the_run(pretrain_job: MakeJob, heard) -> None:
    with pytest.raises(UserError) as caught:
        pretrain(pretrain_job(learning_rate=1e30, epochs=4, warmup_fraction=0), heard.context(), device=CPU)
    assert caught.value.code is ErrorCode.BAD_VALUES


def test_a_job_without_cases_is_refused_and_a_case_on_both_sides_is_warned_of(
    pretrain_job: MakeJob, exams: tuple[CaseFiles, ...], heard
) -> None:
    with pytest.raises(UserError) as caught:
        pretrain(pretrain_job(cases=()), heard.context(), device=CPU)
    assert caught.value.code is ErrorCode.TOO_FEW_CASES
    pretrain(pretrain_job(cases=exams[:1], hold_out=exams[:1], epochs=1), heard.context(), device=CPU)
    assert ["both learned from and held out" in event.why for event in heard.of("warning")] == [True]
