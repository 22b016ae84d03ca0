"""The autoencoder that a job asks for, what is shown to it, and how its encoder will be described."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, ModelChoice, PretrainJob, PretrainOptions
from QualityFinetuneLib.engine.worker.pretrain_network import fitting, network_to_pretrain

SIDES = st.tuples(*[st.integers(1, 40)] * 3)


def job(model: ModelChoice, **options: object) -> PretrainJob:
    options = {"decoder_width": 8} | options
    case = CaseFiles(id="a", simulated=True)
    return PretrainJob(
        output=Path("out"), model=model, cases=(case,), options=PretrainOptions.model_validate(options)
    )


def test_the_encoder_is_described_without_labels(tiny_card: Path, heard) -> None:
    network = network_to_pretrain(job(ModelChoice(card=str(tiny_card))), heard.context())
    meta = network.meta
    assert (meta.predicts, meta.mode, meta.labels, meta.task) == ("encoder", "pretrain", (), "none")
    assert (meta.architecture, meta.patch, meta.simulated) == ("segresnet_ds", (16, 16, 8), True)
    assert network.patch == (16, 16, 8)
    assert meta.trained_on["mask_patch"] == "8 x 8 x 8"
    assert (meta.trained_on["mask_ratio"], meta.trained_on["start"]) == (0.6, "")


def test_extents_are_asked_for_as_x_y_z_and_kept_in_the_networks_order(tiny_profound: ModelChoice, heard) -> None:
    asked = job(tiny_profound, patch=(64, 40, 16), mask_patch=(32, 16, 16))
    network = network_to_pretrain(asked, heard.context())
    assert network.patch == (16, 48, 64)
    assert network.mask_patch == (16, 16, 32)
    assert network.divisors == (16, 16, 32)
    assert network.meta.trained_on["shown"] == "64 x 48 x 16"


def test_the_weights_of_the_card_are_taken_only_when_asked_for(tiny_card: Path, tiny_weights: Path, heard) -> None:
    choice = ModelChoice(card=str(tiny_card), weights=tiny_weights)
    name = "encoder.conv_init.weight"
    kept = load_file(tiny_weights)[name]
    scratch = network_to_pretrain(job(choice), heard.context())
    onward = network_to_pretrain(job(choice, start="pretrained"), heard.context())
    assert torch.equal(onward.model.state_dict()[name], kept)
    assert not torch.equal(scratch.model.state_dict()[name], kept)
    assert scratch.start == ""
    assert onward.start == onward.meta.trained_on["start"] != ""
    again = network_to_pretrain(job(choice), heard.context())
    assert torch.equal(again.model.state_dict()[name], scratch.model.state_dict()[name])


@given(shown=SIDES, patch=st.none() | SIDES, stride=st.tuples(*[st.sampled_from([1, 2, 4, 8, 16])] * 3))
def test_what_is_shown_is_whole_strides_and_whole_patches(
    shown: tuple[int, ...], patch: tuple[int, ...] | None, stride: tuple[int, ...]
) -> None:
    try:
        found, hidden = fitting(shown, patch, stride=stride, image=None)
    except UserError as error:
        assert error.code is ErrorCode.BAD_CONFIG
        return
    for extent, side, step, least in zip(found, hidden, stride, shown, strict=True):
        assert extent % side == extent % step == 0
        assert least <= extent < least + math.lcm(side, step)
    assert math.prod(found) > math.prod(hidden)


@pytest.mark.parametrize(
    ("shown", "patch", "image"),
    [((16, 16, 16), (16, 16, 16), None), ((1, 1, 1), (24, 16, 16), (64, 256, 256)), ((8, 8, 8), None, None)],
)
def test_one_patch_alone_or_one_that_does_not_fit_is_refused(
    shown: tuple[int, ...], patch: tuple[int, ...] | None, image: tuple[int, int, int] | None
) -> None:
    with pytest.raises(UserError) as caught:
        fitting(shown, patch, stride=(8, 8, 8), image=image)
    assert caught.value.code is ErrorCode.BAD_CONFIG


def test_a_transformer_is_shown_its_one_size(heard) -> None:
    assert fitting((9, 9, 9), None, stride=(16, 32, 32), image=(64, 256, 256)) == ((64, 256, 256), (16, 32, 32))
