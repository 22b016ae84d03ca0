"""Convolutions that keep little give what PyTorch's give, and keep little."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from QualityFinetuneLib.models.networks.lean_conv import gradient_of_weight, lean_conv
from QualityFinetuneLib.models.networks.made import Made


def double(maps: Tensor) -> Tensor:
    return 2 * maps


@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("remade", [True, False])
def test_output_and_gradients_are_those_of_pytorch(kernel: int, remade: bool) -> None:
    torch.manual_seed(0)
    given = torch.randn(2, 4, 3, 5, 4, requires_grad=True)
    weight = torch.randn(6, 4, *3 * (kernel,), requires_grad=True)
    bias = torch.randn(6, requires_grad=True)
    made = Made.kept(given).then(double) if remade else Made.kept(double(given))
    found = lean_conv(made, weight, bias)
    expected = functional.conv3d(2 * given, weight, bias, padding=kernel // 2)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    probe = torch.randn_like(expected)
    for one, other in zip(
        torch.autograd.grad((found * probe).sum(), (given, weight, bias)),
        torch.autograd.grad((expected * probe).sum(), (given, weight, bias)),
        strict=True,
    ):
        assert (one - other).abs().max() < 1e-5 * other.abs().max()


def test_neither_rounded_weights_nor_maps_that_can_be_made_again_are_kept() -> None:
    source, weight = torch.randn(1, 4, 4, 4, 4), torch.randn(4, 4, 3, 3, 3, requires_grad=True)
    kept: list[Tensor] = []
    with (
        torch.autograd.graph.saved_tensors_hooks(lambda one: (kept.append(one), one)[1], lambda one: one),
        torch.autocast("cpu", dtype=torch.bfloat16, cache_enabled=False),
    ):
        lean_conv(Made.kept(source).then(double), weight)
    assert {one.data_ptr() for one in kept} == {source.data_ptr(), weight.data_ptr()}


def test_the_weights_gradient_of_thin_maps_is_finite_whatever_lay_in_memory() -> None:
    torch.manual_seed(0)
    weight = torch.empty(16, 16, 3, 3, 3)
    for _ in range(5):
        dirt = [torch.full((numbers,), float("nan")) for numbers in (256, 1024, 4096, 16384, 65536) for _ in range(6)]
        maps, gradient = torch.randn(2, 1, 16, 2, 2, 2).bfloat16()
        del dirt
        found = gradient_of_weight(gradient, maps, weight)
        expected = gradient_of_weight(gradient.double(), maps.double(), weight.double())
        assert (found - expected).abs().max() < 1e-2 * expected.abs().max()
