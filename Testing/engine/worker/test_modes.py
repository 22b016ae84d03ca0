"""What learns in each mode, and an encoder at rest while the decoder warms up."""

from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.jobs import TrainOptions
from QualityFinetuneLib.engine.worker.modes import choose_parts
from QualityFinetuneLib.models.build import build


def network(architecture: str = "profound_conv_fpn"):
    options = {"init_filters": 8} if architecture == "segresnet_ds" else {"size": "atto"}
    return build(architecture, outputs=3, in_channels=1, **options)


def options(mode: str, **others: object) -> TrainOptions:
    return TrainOptions.model_validate({"mode": mode, **({"from_stage": 2} if mode == "partial" else {}), **others})


@pytest.mark.parametrize("mode", ["full", "scratch"])
def test_everything_learns(mode: str) -> None:
    model = network()
    assert set(choose_parts(model, options(mode), seed=0).all()) == {name for name, _ in model.named_parameters()}


@pytest.mark.parametrize("mode", ["frozen", "probe"])
def test_a_kept_encoder_learns_nothing(mode: str) -> None:
    model = network()
    parts = choose_parts(model, options(mode), seed=0)
    assert parts.encoder == {}
    assert parts.rest.keys() == {name for name, _ in model.named_parameters() if not name.startswith("encoder.")}


def test_in_part_the_stages_below_are_kept() -> None:
    model = network()
    parts = choose_parts(model, options("partial"), seed=0)
    assert {model.stage_of(name) for name in parts.encoder} == {2, 3}


def test_adapters_alone_learn_of_the_encoder_and_start_alike_for_the_same_seed() -> None:
    first, again, other = (
        choose_parts(network(), options("lora", lora_rank=3), seed=seed).encoder for seed in (1, 1, 2)
    )
    assert {name.rsplit(".", 1)[-1] for name in first} == {"up", "down"}
    assert {min(parameter.shape) for parameter in first.values()} == {3}
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_adapters_on_an_encoder_of_convolutions_are_refused() -> None:
    with pytest.raises(UserError) as caught:
        choose_parts(network("segresnet_ds"), options("lora"), seed=0)
    assert caught.value.code is ErrorCode.BAD_CONFIG


def test_a_stage_that_there_is_not_is_refused() -> None:
    with pytest.raises(UserError) as caught:
        choose_parts(network(), options("partial", from_stage=4), seed=0)
    assert caught.value.code is ErrorCode.BAD_CONFIG and "0 to 3" in caught.value.next


@pytest.mark.parametrize("mode", ["full", "lora", "partial"])
def test_an_encoder_at_rest_neither_learns_nor_drops_out_and_is_released_as_it_was(mode: str) -> None:
    model = network()
    parts = choose_parts(model, options(mode), seed=0)
    before = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    parts.hold_encoder(model, held=True)
    assert {name for name, p in model.named_parameters() if p.requires_grad} == set(parts.rest)
    assert model.training and not model.encoder.training
    parts.hold_encoder(model, held=False)
    assert {name for name, p in model.named_parameters() if p.requires_grad} == before
    assert model.encoder.stages[3].training
    assert model.encoder.stages[0].training == (mode != "partial")
