"""bf16 only where it is the hardware's own, or where it was asked for."""

from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.worker import precision as module
from QualityFinetuneLib.engine.worker.precision import autocast, computes_bf16, format_of, gradient_scaler

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("precision", "native", "dtype"),
    [
        ("fp32", True, torch.float32),
        ("bf16", False, torch.bfloat16),
        ("auto", True, torch.bfloat16),
        ("auto", False, torch.float32),
    ],
)
def test_the_format_follows_the_setting_and_the_hardware(
    monkeypatch: pytest.MonkeyPatch, precision: str, native: bool, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(module, "computes_bf16", lambda device: native)
    with autocast(CPU, precision):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype


@pytest.mark.parametrize(
    ("can", "native"),
    [({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({"avx512_f": True}, False), ({}, False)],
)
def test_a_cpu_is_asked_for_its_instructions(monkeypatch: pytest.MonkeyPatch, can: dict, native: bool) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can, raising=False)
    assert computes_bf16(CPU) is native


def test_other_devices_stay_in_full_precision() -> None:
    assert not computes_bf16(torch.device("mps"))


@pytest.mark.parametrize("device", ["cpu", "mps"])
def test_fp16_is_refused_without_a_cuda_gpu(device: str) -> None:
    for use in (autocast, format_of, gradient_scaler):
        with pytest.raises(UserError) as caught:
            use(torch.device(device), "fp16")
        assert caught.value.code is ErrorCode.BAD_CONFIG and device in caught.value.why


@pytest.mark.parametrize(("native", "dtype"), [(True, torch.bfloat16), (False, torch.float16)])
def test_an_older_gpu_gets_fp16_on_its_own(monkeypatch: pytest.MonkeyPatch, native: bool, dtype: torch.dtype) -> None:
    monkeypatch.setattr(module, "computes_bf16", lambda device: native)
    assert format_of(torch.device("cuda"), "auto") is dtype


def test_gradients_are_scaled_in_fp16_alone() -> None:
    assert not gradient_scaler(CPU, "bf16").is_enabled()
    assert gradient_scaler(CPU, "bf16").state_dict() == {}


def test_on_a_cpu_no_rounded_weights_are_kept_from_layer_to_layer() -> None:
    assert torch.is_autocast_cache_enabled()
    with autocast(CPU, "bf16"):
        assert not torch.is_autocast_cache_enabled()
