from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from QualityFinetuneLib.models.networks import kernels

FORMATS = [torch.float64, torch.float32, torch.bfloat16]


def _error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found.double() - expected).abs().max() / expected.abs().max())


@pytest.fixture(params=[True, False], ids=["onednn", "plain"])
def _either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(kernels, "_has_onednn", lambda: False)


@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.usefixtures("_either")
def test_products_agree_with_double_precision_in_each_format(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    rows, weight, bias = (torch.randn(size, dtype=dtype) for size in ((50, 7), (11, 7), (11,)))
    exact = functional.linear(rows.double(), weight.double(), bias.double())
    allowed = {torch.float64: 1e-14, torch.float32: 1e-6, torch.bfloat16: 1e-2}[dtype]
    assert _error(kernels.linear(rows, weight, bias.float()), exact) < max(allowed, 1e-6)
    assert _error(kernels.linear(rows, weight), exact - bias.double()) < allowed
    assert _error(kernels.linear_gelu(rows, weight, bias), functional.gelu(exact)) < allowed
    other = torch.randn(50, 3, dtype=dtype)
    for first, second in ((rows, other), (other, rows)):
        assert _error(kernels.product_over_rows(first, second), first.double().t() @ second.double()) < allowed


@pytest.mark.parametrize("dtype", FORMATS, ids=str)
def test_channel_norms_are_summed_in_pieces_without_loss(dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_PIECE", 64)
    torch.manual_seed(0)
    rows = torch.randn(101, 9, dtype=dtype)
    found = kernels.channel_norms(rows)
    assert found.dtype is (torch.float64 if dtype is torch.float64 else torch.float32)
    torch.testing.assert_close(found.double(), rows.double().norm(dim=0), rtol=1e-6, atol=0)


def test_the_format_is_that_of_autocast_where_it_is_on() -> None:
    maps = torch.zeros(1)
    assert kernels.compute_dtype(maps) is torch.float32
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert kernels.compute_dtype(maps) is torch.bfloat16
        with kernels.as_written(maps):
            assert kernels.compute_dtype(maps) is torch.float32


def test_onednn_serves_neither_double_precision_nor_other_devices_nor_when_it_is_switched_off() -> None:
    assert not kernels.suited(torch.zeros(1, dtype=torch.float64))
    assert not kernels.suited(torch.zeros(1, device="meta"))
    torch._C._set_mkldnn_enabled(False)
    try:
        assert not kernels.suited(torch.zeros(1))
    finally:
        torch._C._set_mkldnn_enabled(True)
