"""Number format of the arithmetic: bf16 where the hardware computes with it, fp32 elsewhere."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch


def autocast(device: torch.device, precision: Literal["auto", "fp32", "bf16"]) -> AbstractContextManager[object]:
    """Context for forward passes and losses on `device`.

    `auto` is bf16 on a GPU or CPU with instructions for it, fp32 else. Measured on two cores with avx512_bf16,
    taps_gland at 128x128x32: forward 2.2 s in fp32 and 0.9 s in bf16, training step 5.9 and 2.6 s; without such
    instructions bf16 is emulated and slower.
    """
    wanted = precision == "bf16" or (precision == "auto" and computes_bf16(device))
    return torch.autocast(device.type, dtype=torch.bfloat16) if wanted else nullcontext()


def computes_bf16(device: torch.device) -> bool:
    """True where bf16 is the hardware's own format."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu":
        return False
    can: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(can.get("avx512_bf16") or can.get("amx_bf16"))
