"""Mish in the quick form is Mish."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from QualityFinetuneLib.models.networks import mish
from QualityFinetuneLib.models.networks.mish import Mish


def both(maps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    expected = functional.mish(maps.double())
    with torch.inference_mode():
        return Mish()(maps.clone()), expected


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 5e-7), (torch.bfloat16, 2**-8)])
def test_it_is_mish_to_rounding(
    layout: torch.memory_format, dtype: torch.dtype, tolerance: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mish, "_CHUNK", 100_000)  # does not divide what there is
    maps = torch.randn(2, 5, 30, 24, 40, generator=torch.Generator().manual_seed(1)) * 6
    found, expected = both(maps.to(dtype=dtype, memory_format=layout))
    assert found.dtype == dtype and found.is_contiguous(memory_format=layout)
    assert float(((found - expected).abs() / (maps.to(dtype).double().abs() + 1.0)).max()) <= tolerance


def test_it_neither_overflows_nor_loses_small_values() -> None:
    maps = torch.tensor([-200.0, -80.0, -20.0, -1e-6, 0.0, 1e-6, 20.0, 90.0, 1e30])
    found, expected = both(maps)
    torch.testing.assert_close(found.double(), expected, rtol=2e-6, atol=1e-5)


def test_what_is_no_number_stays_so() -> None:
    found, _ = both(torch.tensor([float("nan"), 1.0]))
    assert found.isnan().tolist() == [True, False]


def test_with_gradients_it_leaves_its_input_alone() -> None:
    maps = torch.randn(2, 3, 4, 4, 4, requires_grad=True)
    before = maps.detach().clone()
    Mish()(maps).sum().backward()
    own = maps.grad
    maps.grad = None
    functional.mish(maps).sum().backward()
    assert torch.equal(maps.detach(), before) and torch.equal(own, maps.grad)


@pytest.mark.parametrize("strange", [torch.randn(4, 6, dtype=torch.float64), torch.randn(4, 6).T])
def test_what_the_quick_form_cannot_take_is_left_to_pytorch(strange: torch.Tensor) -> None:
    with torch.inference_mode():
        assert torch.equal(Mish()(strange), functional.mish(strange))


def test_the_published_form_can_be_asked_for() -> None:
    module = Mish()
    module.rewrite = False
    maps = torch.randn(100)
    with torch.inference_mode():
        assert torch.equal(module(maps), functional.mish(maps))
