from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.networks.split import SplitNetwork
from QualityFinetuneLib.models.parts import (
    decoder_parameters,
    encoder_of,
    encoder_parameters,
    freeze,
    freeze_encoder,
    trainable_parameters,
)

SMALL = {
    "profound_conv": {"in_channels": 3, "size": "test", "hidden": 8, "drop_path": 0.5},
    "profound_conv_classifier": {"in_channels": 3, "size": "test", "drop_path": 0.5},
    "segresnet_ds": {"in_channels": 1, "init_filters": 8},
}


@pytest.fixture(params=sorted(SMALL))
def network(request: pytest.FixtureRequest, test_size: str) -> SplitNetwork:
    torch.manual_seed(0)
    return build(request.param, outputs=2, **SMALL[request.param])


def test_encoder_and_decoder_share_no_parameter_and_leave_none_out(network: SplitNetwork) -> None:
    encoder = {id(parameter) for parameter in encoder_parameters(network)}
    decoder = {id(parameter) for parameter in decoder_parameters(network)}
    assert encoder and decoder and not encoder & decoder
    assert encoder | decoder == {id(parameter) for parameter in network.parameters()}
    assert encoder_of(network) is network.encoder


def test_a_frozen_encoder_stays_as_it_is_while_the_rest_learns(network: SplitNetwork) -> None:
    freeze_encoder(network)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1, weight_decay=0.1)
    channels = next(network.encoder.parameters()).shape[1]
    outputs = network.train()(torch.randn(2, channels, 16, 16, 16))
    sum(output.square().mean() for output in (outputs if isinstance(outputs, list) else [outputs])).backward()
    optimizer.step()
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed and not any(name.startswith("encoder.") for name in changed)


def test_a_frozen_encoder_gives_the_same_features_in_training_mode(network: SplitNetwork) -> None:
    channels = next(network.encoder.parameters()).shape[1]
    images = torch.randn(2, channels, 16, 16, 16)
    freeze_encoder(network)
    first, second = network.train().encode(images), network.train().encode(images)
    assert all(torch.equal(a, b) and not a.requires_grad for a, b in zip(first, second, strict=True))
    assert network.training and not network.encoder.training


def test_a_released_encoder_learns_again(network: SplitNetwork) -> None:
    freeze_encoder(network)
    freeze_encoder(network, False)
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert network.train().encoder.training


def test_features_lead_to_the_same_output_as_the_image(network: SplitNetwork) -> None:
    channels = next(network.encoder.parameters()).shape[1]
    images = torch.randn(1, channels, 16, 32, 48)
    network.eval()
    with torch.no_grad():
        features = network.encode(images)
        kept = [feature.clone() for feature in features]
        assert torch.equal(network.decode(features), network(images))
    assert all(torch.equal(a, b) for a, b in zip(features, kept, strict=True))


def test_part_of_the_encoder_stays_and_the_later_stages_learn(network: SplitNetwork) -> None:
    freeze(network, "partial", from_stage=2)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1, weight_decay=0.1)
    outputs = network.train()(torch.randn(2, next(network.encoder.parameters()).shape[1], 16, 16, 16))
    sum(output.square().mean() for output in (outputs if isinstance(outputs, list) else [outputs])).backward()
    optimizer.step()
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    stages = {network.stage_of(name) for name in changed}
    assert stages == {2, 3, 4}
    resting = [module for module in network.encoder.modules() if not module.training]
    assert resting and network.encoder.training
    freeze(network, "full")
    assert all(module.training for module in network.modules())
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_stages_are_counted_from_the_image(network: SplitNetwork) -> None:
    assert network.stages() == 4
    first = next(iter(network.encoder.state_dict()))
    assert network.stage_of(f"encoder.{first}") == 0
    assert network.stage_of("head.0.weight") == 4
    if hasattr(network.encoder, "norm") and isinstance(network.encoder.norm, torch.nn.LayerNorm):
        assert network.stage_of("encoder.norm.weight") == 3


def test_a_stage_that_is_not_there_is_told(network: SplitNetwork) -> None:
    for stage in (None, 4):
        with pytest.raises(UserError, match="from 0 to 3"):
            freeze(network, "partial", from_stage=stage)


def test_what_learns_is_counted(network: SplitNetwork) -> None:
    freeze(network, "frozen")
    learning, total = trainable_parameters(network)
    assert learning == sum(value.numel() for value in decoder_parameters(network))
    assert total == sum(value.numel() for value in network.parameters())
