from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional

from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.networks.fpn import FpnHead
from QualityFinetuneLib.models.networks.split import SplitNetwork


def small(**options: Any) -> SplitNetwork:
    torch.manual_seed(0)
    return build("profound_conv_fpn", outputs=2, in_channels=3, size="test", hidden=8, **options)


def test_each_level_is_added_to_the_finer_one() -> None:
    torch.manual_seed(0)
    head = FpnHead((4, 6), hidden=3, outputs=2).double()
    fine, coarse = torch.randn(1, 4, 4, 4, 4).double(), torch.randn(1, 6, 2, 2, 2).double()

    def lateral(number: int, maps: torch.Tensor) -> torch.Tensor:
        normed = functional.layer_norm(maps.movedim(1, -1), maps.shape[1:2], eps=1e-6)
        weight = head.laterals[number].weight.flatten(1)
        return functional.linear(normed, weight, head.laterals[number].bias).movedim(-1, 1)

    summed = lateral(0, fine) + functional.interpolate(lateral(1, coarse), scale_factor=2, mode="trilinear")
    torch.testing.assert_close(head([fine, coarse]), head.classifier(head.smooth(summed)))


def test_kept_features_lead_to_the_same_logits(test_size: str) -> None:
    model, images = small().eval(), torch.randn(1, 3, 16, 32, 48)
    with torch.no_grad():
        assert torch.equal(model.decode(model.encode(images)), model(images))
        assert model(images).shape == (1, 2, 16, 32, 48)


def test_an_image_that_four_does_not_divide_gets_logits_of_its_own_size(test_size: str) -> None:
    with torch.no_grad():
        assert small().eval()(torch.randn(1, 3, 17, 33, 47)).shape[2:] == (17, 33, 47)


def test_it_learns_to_tell_a_bright_half(test_size: str) -> None:
    model = small()
    images = torch.zeros(1, 3, 16, 16, 16)
    images[..., 8:] = 1
    target = images[:, 0].long()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(25):
        loss = functional.cross_entropy(model.train()(images), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_its_decoder_is_a_hundredth_of_the_encoder() -> None:
    with torch.device("meta"):
        model = build("profound_conv_fpn", outputs=1, in_channels=3)
    encoder = sum(value.numel() for value in model.encoder.parameters())
    assert sum(value.numel() for value in model.parameters()) - encoder == pytest.approx(0.01 * encoder, rel=0.4)
