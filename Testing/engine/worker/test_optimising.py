"""Learning rates: warm-up, cosine, and slower the deeper in the encoder."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.engine.protocol.jobs import TrainOptions
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
