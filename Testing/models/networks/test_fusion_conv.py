"""The fusion's convolution against the stacked one of the published form."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from QualityFinetuneLib.models.networks import resampled_conv
from QualityFinetuneLib.models.networks.fusion_conv import fusion_conv
from QualityFinetuneLib.models.networks.made import Made

CHANNELS, SIZES = (3, 2, 4, 5), ((4, 6, 5), (4, 6, 5), (2, 3, 3), (2, 3, 3))


def stacked(maps: list[Tensor], weight: Tensor) -> Tensor:
    size = maps[0].shape[2:]
    whole = [functional.interpolate(one, size=size, mode="trilinear", align_corners=False) for one in maps]
    return functional.conv3d(torch.cat(whole, dim=1), weight, padding=1)


@pytest.mark.parametrize("piece", [1, 1 << 23])
def test_output_and_gradients_are_those_of_the_stacked_maps(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampled_conv, "_PIECE", piece)
    torch.manual_seed(0)
    maps = [
        torch.randn(2, channels, *size, dtype=torch.float64, requires_grad=True)
        for channels, size in zip(CHANNELS, SIZES, strict=True)
    ]
    weight = torch.randn(20, sum(CHANNELS), 3, 3, 3, dtype=torch.float64, requires_grad=True)
    found, expected = fusion_conv(Made.kept(maps[0]), maps[1:], weight), stacked(maps, weight)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
    probe = torch.randn_like(expected)
    for one, other in zip(
        torch.autograd.grad((found * probe).sum(), (*maps, weight)),
        torch.autograd.grad((expected * probe).sum(), (*maps, weight)),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


def test_gradients_nobody_asks_for_are_not_made() -> None:
    maps = [torch.randn(1, 2, 4, 4, 4), torch.randn(1, 3, 2, 2, 2, requires_grad=True)]
    weight = torch.randn(4, 5, 3, 3, 3)
    expected = torch.autograd.grad(stacked(maps, weight).sum(), maps[1])[0]
    found = torch.autograd.grad(fusion_conv(Made.kept(maps[0]), maps[1:], weight).sum(), maps[1])[0]
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
