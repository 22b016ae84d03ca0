from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from QualityFinetuneLib.models.networks.norm_gelu import norm_of_channels


@pytest.mark.parametrize("gelu", [True, False])
def test_its_gradients_are_those_of_numeric_differences(gelu: bool) -> None:
    torch.manual_seed(0)
    maps, weight, bias = (
        torch.randn(size, dtype=torch.float64, requires_grad=True) for size in ((2, 5, 2, 1, 3), (5,), (5,))
    )
    assert torch.autograd.gradcheck(
        lambda *given: norm_of_channels(*given, epsilon=1e-6, gelu=gelu), (maps, weight, bias)
    )


def test_it_normalises_each_voxel_over_its_channels() -> None:
    torch.manual_seed(0)
    maps, weight, bias = torch.randn(2, 5, 2, 3, 4), torch.randn(5), torch.randn(5)
    centred = maps - maps.mean(1, keepdim=True)
    expected = centred / (centred.square().mean(1, keepdim=True) + 1e-6).sqrt()
    expected = expected * weight.view(5, 1, 1, 1) + bias.view(5, 1, 1, 1)
    torch.testing.assert_close(norm_of_channels(maps, weight, bias, epsilon=1e-6), expected)
    found = norm_of_channels(maps, weight, bias, epsilon=1e-6, gelu=True)
    torch.testing.assert_close(found, functional.gelu(expected))


def test_under_autocast_maps_have_16_bits_and_gradients_the_formats_of_what_was_given() -> None:
    torch.manual_seed(0)
    maps, weight, bias = (torch.randn(size, requires_grad=True) for size in ((1, 64, 2, 3, 4), (64,), (64,)))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = norm_of_channels(maps, weight, bias, epsilon=1e-6)
    assert found.dtype is torch.bfloat16
    expected = norm_of_channels(maps, weight, bias, epsilon=1e-6)
    torch.testing.assert_close(found.float(), expected, rtol=2e-2, atol=5e-2)
    found.sum().backward()
    assert maps.grad is not None and weight.grad is not None
    assert maps.grad.dtype is weight.grad.dtype is torch.float32
