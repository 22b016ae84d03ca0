from __future__ import annotations

import pytest
import torch
import torch.nn.functional as functional
from hypothesis import given, settings
from hypothesis import strategies as st

from QualityFinetuneLib.models.networks.resampled_conv import conv_of_upsampled

extents = st.tuples(*[st.integers(1, 6)] * 3)


def plain(maps: torch.Tensor, weight: torch.Tensor, size: tuple[int, int, int]) -> torch.Tensor:
    upsampled = functional.interpolate(maps, size=size, mode="trilinear", align_corners=False)
    return functional.conv3d(upsampled, weight, padding=1)


@settings(max_examples=40, deadline=None)
@given(small=extents, size=extents, batch=st.integers(1, 2), channels=st.tuples(st.integers(1, 3), st.integers(1, 3)))
def test_it_equals_the_convolution_of_the_interpolated_map_for_any_sizes(
    small: tuple[int, int, int], size: tuple[int, int, int], batch: int, channels: tuple[int, int]
) -> None:
    torch.manual_seed(0)
    maps = torch.randn(batch, channels[0], *small).double()
    weight = torch.randn(channels[1], channels[0], 3, 3, 3).double()
    torch.testing.assert_close(
        conv_of_upsampled(maps, weight, size), plain(maps, weight, size), rtol=1e-9, atol=1e-10
    )


def test_gradients_agree_with_the_plain_form() -> None:
    torch.manual_seed(0)
    maps = torch.randn(2, 3, 2, 3, 4).double().requires_grad_()
    weight = torch.randn(4, 3, 3, 3, 3).double().requires_grad_()
    probe = torch.randn(2, 4, 5, 6, 7).double()
    expected = torch.autograd.grad((plain(maps, weight, (5, 6, 7)) * probe).sum(), (maps, weight))
    found = torch.autograd.grad((conv_of_upsampled(maps, weight, (5, 6, 7)) * probe).sum(), (maps, weight))
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 3e-2)])
def test_precision_is_that_of_the_input(dtype: torch.dtype, tolerance: float) -> None:
    torch.manual_seed(0)
    maps, weight = torch.randn(1, 16, 4, 7, 7), torch.randn(8, 16, 3, 3, 3)
    found = conv_of_upsampled(maps.to(dtype), weight.to(dtype), (8, 14, 14))
    expected = plain(maps.double(), weight.double(), (8, 14, 14))
    assert found.dtype is dtype
    assert ((found - expected).abs().max() / expected.abs().max()).item() < tolerance
