"""Enlarging by matrix products is trilinear interpolation, for any extents, in a window too, and its gradient is."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from QualityFinetuneLib.models.networks.enlarging import Enlarging
from QualityFinetuneLib.models.networks.windows import Window


@pytest.mark.parametrize("rewrite", [True, False])
@pytest.mark.parametrize(
    ("small", "size", "window"),
    [
        ((4, 5, 6), (16, 20, 24), None),
        ((3, 4, 5), (7, 13, 9), None),
        ((4, 8, 8), (16, 32, 32), Window((0, 8, 16), (16, 16, 8))),
        ((5, 6, 7), (5, 6, 7), None),
    ],
    ids=["four times", "odd", "window", "same size"],
)
def test_it_is_trilinear_interpolation_and_so_is_its_gradient(rewrite, small, size, window) -> None:
    torch.manual_seed(0)
    maps = torch.randn(2, 3, *small, dtype=torch.float64, requires_grad=True)
    expected = functional.interpolate(maps, size=size, mode="trilinear", align_corners=False)
    expected = expected if window is None else window.of(expected)
    gradient = torch.randn_like(expected)
    (of_expected,) = torch.autograd.grad(expected, maps, gradient)
    enlarge = Enlarging()
    enlarge.rewrite = rewrite
    found = enlarge(maps, size, window)
    (of_found,) = torch.autograd.grad(found, maps, gradient)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(of_found, of_expected, rtol=1e-12, atol=1e-12)


def test_it_rounds_nothing_that_came_in_bf16() -> None:
    maps = torch.randn(1, 1, 2, 3, 4, generator=torch.Generator().manual_seed(0)).to(torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = Enlarging()(maps, (4, 6, 8))
    expected = functional.interpolate(maps.float(), size=(4, 6, 8), mode="trilinear", align_corners=False)
    assert found.dtype is torch.float32
    torch.testing.assert_close(found, expected)
