from __future__ import annotations

from typing import Any

import pytest
import torch

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.networks.rewrites import Rewritable
from QualityFinetuneLib.models.registry import cards


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_segmenter_has_the_published_number_of_parameters(reference: dict[str, Any]) -> None:
    with torch.device("meta"):
        model = build("profound_conv", outputs=1, in_channels=3)
    assert count(model) == reference["segmentation"]["parameters"] == 122_372_866
    assert count(model.encoder) == reference["segmentation"]["encoder_parameters"] == 29_311_680


def test_each_card_builds_the_network_it_describes() -> None:
    for card in cards():
        with torch.device("meta"):
            outputs = card.outputs or (4 if card.predicts == "classification" else 1)
            model = build(card.architecture, outputs=outputs, in_channels=len(card.inputs), **card.options)
        assert count(model) / 1e6 == pytest.approx(card.parameters_m, abs=0.05)


def test_the_light_segmenter_has_a_third_of_the_parameters() -> None:
    with torch.device("meta"):
        assert count(build("profound_conv", outputs=1, in_channels=3, hidden=128)) == 39_972_226


def test_rewrites_are_on_unless_switched_off() -> None:
    for on in (True, False):
        with torch.device("meta"):
            model = build("profound_conv", outputs=1, in_channels=3, size="atto", hidden=8, rewrite=on)
        states = {module.rewrite for module in model.modules() if isinstance(module, Rewritable)}
        assert states == {on}


@pytest.mark.parametrize(
    ("architecture", "options", "told"),
    [
        ("unet", {}, "profound_conv"),
        ("profound_conv", {"hiden": 128}, "hiden"),
        ("profound_conv", {"size": "small"}, "tiny"),
        ("segresnet_ds", {"groups": 7}, "cannot be built"),
        ("profound_conv_classifier", {"hidden": "wide"}, "cannot be built"),
    ],
)
def test_a_network_that_cannot_be_built_is_told(architecture: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError) as caught:
        build(architecture, outputs=1, in_channels=3, **options)
    assert caught.value.code is ErrorCode.BAD_CONFIG
    assert told in caught.value.why
