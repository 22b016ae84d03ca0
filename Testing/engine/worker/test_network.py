"""Which network a job gets, and what it is told when it cannot have it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from monai.networks.layers import DropPath
from safetensors.torch import load_file

from QualityFinetuneLib.cases.tasks import Task, load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob, ModelChoice, TrainOptions
from QualityFinetuneLib.engine.worker.finetune import finetune
from QualityFinetuneLib.engine.worker.network import (
    Network,
    label_probabilities,
    network_to_predict,
    network_to_train,
)
from QualityFinetuneLib.models.package import save_model


@pytest.fixture
def choice(tiny_card: Path, tiny_weights: Path) -> ModelChoice:
    return ModelChoice(card=str(tiny_card), weights=tiny_weights)


def to_train(choice: ModelChoice, task: Task, heard, seed: int = 0, **options: object) -> Network:
    return network_to_train(
        choice, task, options=TrainOptions(**options), seed=seed, simulated=False, context=heard.context()
    )


def refusal(function: Callable[[], object]) -> ErrorCode:
    with pytest.raises(UserError) as caught:
        function()
    return caught.value.code


def test_scratch_starts_at_random_by_seed_and_the_others_from_the_weights(
    choice: ModelChoice, tiny_weights: Path, zones: Task, heard
) -> None:
    weights = load_file(tiny_weights)
    name = "encoder.conv_init.weight"
    scratch, again, other, full = (
        to_train(choice, zones, heard, seed=seed, mode=mode)
        for mode, seed in (("scratch", 0), ("scratch", 0), ("scratch", 1), ("full", 0))
    )
    assert torch.equal(scratch.model.state_dict()[name], again.model.state_dict()[name])
    assert not torch.equal(scratch.model.state_dict()[name], other.model.state_dict()[name])
    assert torch.equal(full.model.state_dict()[name], weights[name])
    assert scratch.start == "" and len(full.start) == 64


def test_a_task_with_other_outputs_keeps_the_encoder_and_starts_its_outputs_anew(
    choice: ModelChoice, tiny_weights: Path, heard
) -> None:
    network = to_train(choice, load_task("gland"), heard, mode="full")
    state, weights = network.model.state_dict(), load_file(tiny_weights)
    assert network.meta.outputs == 1
    assert all(torch.equal(state[n], weights[n]) for n in weights if n.startswith("encoder."))
    assert heard.of("log")


def test_dropout_is_part_of_what_is_saved_and_of_what_goes_on_from_it(
    choice: ModelChoice, zones: Task, heard, tmp_path: Path
) -> None:
    first = to_train(choice, zones, heard, mode="full", dropout=0.3)
    assert first.meta.options["dropout"] == 0.3
    save_model(tmp_path / "best", first.model, first.meta)
    saved = ModelChoice(card="tiny", folder=tmp_path / "best")
    for options, expected in (({}, 0.3), ({"dropout": 0.1}, 0.1), ({"dropout": 0.0}, 0.0)):
        again = to_train(saved, zones, heard, mode="frozen", **options)
        assert again.meta.options["dropout"] == expected
    assert to_train(saved, zones, heard, mode="probe", dropout=0.1).meta.options["dropout"] == 0.1
    with pytest.raises(UserError, match="no option 'drop_path'") as caught:
        to_train(choice, zones, heard, mode="full", drop_path=0.1)
    assert caught.value.code is ErrorCode.BAD_CONFIG


def test_stochastic_depth_reaches_the_encoder(tiny_profound: ModelChoice, zones: Task, heard) -> None:
    network = to_train(tiny_profound, zones, heard, mode="full", drop_path=0.2)
    rates = [module.drop_prob for module in network.model.modules() if isinstance(module, DropPath)]
    assert max(rates) == pytest.approx(0.2) and network.meta.options["drop_path"] == 0.2


def test_the_tasks_rule_for_components_replaces_the_cards_postprocessing(choice: ModelChoice, heard) -> None:
    post = to_train(choice, load_task("gland"), heard, mode="scratch").meta.postprocessing
    assert (post.largest_component, post.threshold, post.logit_blur_sigma_voxels) == (True, 0.5, 0.0)


def test_a_patch_is_enlarged_to_what_the_network_can_halve(choice: ModelChoice, zones: Task, heard) -> None:
    assert to_train(choice, zones, heard, mode="scratch", patch=(17, 24, 5)).meta.patch == (24, 24, 8)


def test_training_can_go_on_from_a_finished_run(
    finetune_job: Callable[..., FinetuneJob], zones: Task, heard, tmp_path: Path
) -> None:
    job = finetune_job(epochs=1)
    finetune(job, heard.context(), device=torch.device("cpu"))
    best = load_file(job.output / "best" / "model.safetensors")
    finished = ModelChoice(card="tiny", folder=job.output / "best")
    network = to_train(finished, zones, heard, mode="full")
    assert all(torch.equal(value, best[name]) for name, value in network.model.state_dict().items())
    fresh = to_train(finished, zones, heard, mode="scratch")
    assert any(not torch.equal(value, best[name]) for name, value in fresh.model.state_dict().items())
    ready = network_to_predict(finished, zones)
    assert ready.meta.task == "zones" and not ready.model.training
    assert refusal(lambda: network_to_predict(finished, load_task("gland"))) is ErrorCode.BAD_JOB


def test_an_encoder_alone_cannot_predict(tiny_card: Path, zones: Task) -> None:
    assert refusal(lambda: network_to_predict(ModelChoice(card=str(tiny_card)), zones)) is ErrorCode.NO_WEIGHTS


def test_pretrained_modes_need_weights(tiny_card: Path, zones: Task, heard) -> None:
    choice = ModelChoice(card=str(tiny_card))
    assert refusal(lambda: to_train(choice, zones, heard, mode="frozen")) is ErrorCode.NO_WEIGHTS
    assert to_train(choice, zones, heard, mode="scratch").start == ""


def test_a_card_for_another_task_is_refused(zones: Task) -> None:
    assert refusal(lambda: network_to_predict(ModelChoice(card="taps_gland"), zones)) is ErrorCode.BAD_JOB


def test_a_classifier_does_not_segment(zones: Task, heard) -> None:
    choice = ModelChoice(card="profound_conv_classifier")
    assert refusal(lambda: to_train(choice, zones, heard, mode="scratch")) is ErrorCode.BAD_JOB
    assert refusal(lambda: network_to_predict(choice, zones)) is ErrorCode.BAD_JOB


def test_an_unknown_card_is_told(zones: Task) -> None:
    assert refusal(lambda: network_to_predict(ModelChoice(card="no_such"), zones)) is ErrorCode.NOT_FOUND


def test_weights_of_another_network_are_refused(
    tiny_card: Path, tiny_weights: Path, zones: Task, tmp_path: Path
) -> None:
    wider = yaml.safe_load(tiny_card.read_text("utf-8")) | {"options": {"init_filters": 16}}
    (tmp_path / "wider.yaml").write_text(yaml.safe_dump(wider), encoding="utf-8")
    choice = ModelChoice(card=str(tmp_path / "wider.yaml"), weights=tiny_weights)
    assert refusal(lambda: network_to_predict(choice, zones)) is ErrorCode.WRONG_CHECKPOINT


def test_one_output_is_a_sigmoid_and_several_a_softmax_without_background() -> None:
    logits = torch.randn(2, 3, 2, 2, 2)
    assert torch.equal(label_probabilities(logits[:, :1]), logits[:, :1].sigmoid())
    found = label_probabilities(logits)
    assert found.shape[1] == 2 and torch.allclose(found.sum(1) + logits.softmax(1)[:, 0], torch.ones(2, 2, 2, 2))
