from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.models.networks.split import SplitNetwork


class OnlyEncoder(SplitNetwork):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = torch.nn.BatchNorm3d(1)


def test_a_network_must_say_how_it_encodes_and_decodes() -> None:
    network = OnlyEncoder()
    with pytest.raises(NotImplementedError):
        network.encode(torch.zeros(1))
    with pytest.raises(NotImplementedError):
        network.decode([torch.zeros(1)])


def test_moving_statistics_of_a_frozen_encoder_stand_still() -> None:
    network = OnlyEncoder()
    network.freeze_encoder()
    network.train()
    network.encoder(torch.randn(2, 1, 4, 4, 4) + 5)
    assert network.encoder.running_mean.item() == 0
    network.freeze_encoder(False)
    network.encoder(torch.randn(2, 1, 4, 4, 4) + 5)
    assert network.encoder.running_mean.item() > 0
