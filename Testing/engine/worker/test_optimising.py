"""Learning rates: warm-up, cosine, and slower the deeper in the encoder."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.engine.protocol.jobs import TrainOptions
from QualityFinetuneLib.engine.worker.modes import choose_parts
from QualityFinetuneLib.engine.worker.optimising import cosine_with_warmup, optimiser, set_learning_rate
from QualityFinetuneLib.models.build import build


@given(steps=st.integers(1, 500), share=st.floats(0, 0.9))
def test_the_rate_rises_to_the_full_one_and_falls_from_there(steps: int, share: float) -> None:
    warmup = round(steps * share)
    rates = [cosine_with_warmup(step, steps, warmup=warmup) for step in range(steps)]
    assert all(0 < rate <= 1 for rate in rates)
    assert rates[:warmup] == sorted(rates[:warmup])
    assert rates[warmup:] == sorted(rates[warmup:], reverse=True)
    if warmup:
        assert rates[warmup - 1] == 1


@pytest.fixture
def model():
    return build("segresnet_ds", outputs=3, in_channels=1, init_filters=8)


def scales(model, optimizer: torch.optim.Optimizer) -> dict[str, float]:
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return {names[id(p)]: group["scale"] for group in optimizer.param_groups for p in group["params"]}


def test_every_learning_parameter_is_in_exactly_one_group(model) -> None:
    optimizer = optimiser(model, TrainOptions(mode="full"))
    found = [id(p) for group in optimizer.param_groups for p in group["params"]]
    assert sorted(found) == sorted(id(p) for p in model.parameters())


def test_deeper_stages_of_the_encoder_learn_slower(model) -> None:
    found = scales(model, optimiser(model, TrainOptions(mode="full", layer_decay=0.5)))
    stages = sorted({scale for name, scale in found.items() if name.startswith("encoder.")})
    assert stages == [0.5**k for k in range(len(stages), 0, -1)]
    assert found["encoder.conv_init.weight"] == stages[0]
    assert {scale for name, scale in found.items() if not name.startswith("encoder.")} == {1.0}


@pytest.mark.parametrize("mode", ["full", "partial", "lora"])
def test_the_networks_own_stages_decide_how_fast_each_learns(mode: str) -> None:
    network = build("profound_conv_classifier", outputs=2, in_channels=1, size="atto")
    options = TrainOptions(mode=mode, layer_decay=0.5, from_stage=2 if mode == "partial" else None)
    parts = choose_parts(network, options, seed=0)
    found = scales(network, optimiser(network, options, parts=parts))
    assert found.keys() == parts.all().keys()
    assert all(scale == 0.5 ** (4 - network.stage_of(name)) for name, scale in found.items())
    if mode != "lora":
        assert found["encoder.norm.weight"] == 0.5, "the normalisation after the last stage learns as that stage"
    if mode == "full":
        assert found["encoder.downsample_layers.0.0.weight"] == 0.5**4


def test_affines_of_the_response_normalisation_are_not_decayed() -> None:
    network = build("profound_conv_fpn", outputs=1, in_channels=1, size="atto")
    optimizer = optimiser(network, TrainOptions(mode="full", weight_decay=0.1))
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    decayed = {names[id(p)] for group in optimizer.param_groups if group["weight_decay"] for p in group["params"]}
    assert not any(".grn." in name for name in decayed)
    assert "head.classifier.weight" in decayed


def test_an_encoder_that_joins_later_has_a_warm_up_of_its_own(model) -> None:
    options = TrainOptions(mode="full", learning_rate=1.0, layer_decay=1.0, warmup_fraction=0.1)
    optimizer = optimiser(model, options)

    def rates(step: int) -> tuple[float, float]:
        decoder = set_learning_rate(optimizer, options, step=step, steps=100, encoder_joins=40)
        return decoder, next(group["lr"] for group in optimizer.param_groups if group["encoder"])

    assert rates(20)[1] == 0
    shares = [encoder / decoder for decoder, encoder in map(rates, range(40, 55))]
    assert shares == pytest.approx([min(1.0, (n + 1) / 10) for n in range(15)])


def test_from_scratch_everything_learns_alike(model) -> None:
    assert set(scales(model, optimiser(model, TrainOptions(mode="scratch", layer_decay=0.5))).values()) == {1.0}


def test_a_frozen_encoder_is_left_out(model) -> None:
    model.freeze_encoder()
    found = scales(model, optimiser(model, TrainOptions(mode="frozen")))
    assert found and not any(name.startswith("encoder.") for name in found)


def test_biases_and_normalisations_are_not_decayed(model) -> None:
    optimizer = optimiser(model, TrainOptions(mode="scratch", weight_decay=0.1))
    for group in optimizer.param_groups:
        assert {p.ndim > 1 for p in group["params"]} == {group["weight_decay"] > 0}


def test_the_rate_is_set_on_each_group_by_its_scale(model) -> None:
    options = TrainOptions(mode="full", learning_rate=0.2, layer_decay=0.5, warmup_fraction=0.5)
    optimizer = optimiser(model, options)
    assert set_learning_rate(optimizer, options, step=0, steps=10) == pytest.approx(0.2 / 5)
    assert all(group["lr"] == pytest.approx(0.04 * group["scale"]) for group in optimizer.param_groups)


def test_on_a_cpu_a_step_makes_no_copies_of_the_weights(model) -> None:
    optimizer = optimiser(model, TrainOptions(mode="full"))
    assert all(group["fused"] for group in optimizer.param_groups)
    assert not any(group["fused"] for group in optimiser(model.to("meta"), TrainOptions(mode="full")).param_groups)
