from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.networks.split import SplitNetwork
from QualityFinetuneLib.models.parts import decoder_parameters, encoder_of, encoder_parameters, freeze_encoder

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
