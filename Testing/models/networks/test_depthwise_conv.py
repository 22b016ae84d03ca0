from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from QualityFinetuneLib.models.networks import depthwise_conv as module
from QualityFinetuneLib.models.networks.depthwise_conv import depthwise_conv
from QualityFinetuneLib.models.networks.kernels import suited


def _error(found: torch.Tensor | None, expected: torch.Tensor | None) -> float:
    assert found is not None and expected is not None
    return float((found.double() - expected).abs().max() / expected.abs().max())


@pytest.mark.parametrize("slab", [6272, 12], ids=["whole", "in slabs"])
@pytest.mark.parametrize("shape", [(1, 5, 7, 9, 11), (2, 3, 1, 1, 1), (2, 16, 2, 12, 3)], ids=str)
def test_output_and_gradients_are_those_of_the_convolution(
    shape: tuple[int, ...], slab: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SLAB", slab)
    torch.manual_seed(0)
    channels = shape[1]
    given = [torch.randn(size, requires_grad=True) for size in (shape, (channels, 1, 7, 7, 7), (channels,))]
    exact = [one.detach().double().requires_grad_() for one in given]
    expected = functional.conv3d(*exact, padding=3, groups=channels)
    found = depthwise_conv(given[0], given[1], given[2])
    assert _error(found.detach(), expected.detach()) < 1e-5
    towards = torch.randn_like(found)
    found.backward(towards)
    expected.backward(towards.double())
    for one, other in zip(given, exact, strict=True):
        assert _error(one.grad, other.grad) < 1e-5


def test_under_autocast_it_computes_in_16_bits_and_gives_gradients_in_the_parameters_format() -> None:
    torch.manual_seed(0)
    maps = torch.randn(1, 4, 3, 4, 5, requires_grad=True)
    weight, bias = torch.randn(4, 1, 7, 7, 7, requires_grad=True), torch.randn(4, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = depthwise_conv(maps, weight, bias)
    assert output.dtype is torch.bfloat16
    output.sum().backward()
    assert maps.grad is not None and weight.grad is not None and bias.grad is not None
    assert maps.grad.dtype is weight.grad.dtype is bias.grad.dtype is torch.float32
    torch.testing.assert_close(bias.grad, torch.full((4,), 60.0), rtol=1e-2, atol=0)


def test_only_the_gradients_asked_for_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    if not suited(torch.zeros(1)):
        pytest.skip("oneDNN is not used on this machine")

    def never(*_: object) -> torch.Tensor:
        raise AssertionError

    monkeypatch.setattr(module, "_kernel_gradient", never)
    maps = torch.randn(1, 2, 2, 2, 2, requires_grad=True)
    depthwise_conv(maps, torch.randn(2, 1, 3, 3, 3), torch.randn(2)).sum().backward()
    assert maps.grad is not None
