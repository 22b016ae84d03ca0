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
)
from QualityFinetuneLib.engine.worker.context import Stopped
from QualityFinetuneLib.engine.worker.finetune import finetune
from QualityFinetuneLib.engine.worker.network import network_to_train
from QualityFinetuneLib.engine.worker.predict import predict
from QualityFinetuneLib.engine.worker.pretrain import pretrain
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.loading import load_pretrained
from QualityFinetuneLib.models.package import load_model

CPU = torch.device("cpu")
MakeJob = Callable[..., PretrainJob]


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
    warned = [event.why for event in heard.of("warning")]
    assert ["both learned from and held out" in why for why in warned] == [True, False]
    assert "only 1 training case" in warned[1], "the usual batch is of two"
