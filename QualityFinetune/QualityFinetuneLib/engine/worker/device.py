"""Which device computes, and with how many threads."""

from __future__ import annotations

import os
from functools import cache

import torch

from ...common.errors import ErrorCode, UserError


def prepare_device(name: str, *, threads: int | None) -> torch.device:
    """The device called `name` (`auto`, `cpu`, `cuda`, `cuda:1`, `mps`), made ready for repeatable numbers.

    `auto` takes CUDA where it works, then the CPU; MPS is taken only when asked for, because operators that it
    lacks in 3D fall back one by one and make it slower than the CPU.

    Raises:
        UserError: NO_DEVICE naming what there is instead.
    """
    own = _own_threads()
    torch.set_num_threads(own if threads is None else threads)
    torch.backends.cudnn.benchmark = False  # its choice of algorithm varies from run to run
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    # It would write all new memory full of NaN to find readers of what nobody wrote; a tenth of a step's time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    there = available()
    if name == "auto":
        return torch.device("cuda" if "cuda:0" in there else "cpu")
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in there:
        raise UserError(
            ErrorCode.NO_DEVICE,
            what=f"There is no device {name}.",
            why=f"PyTorch {torch.__version__} sees here: {', '.join(there)}.",
            next="Choose one of these, or auto.",
        )
    return torch.device(wanted)


@cache
def _own_threads() -> int:
    """How many threads PyTorch takes by itself, whatever an earlier job of this process had."""
    return torch.get_num_threads()


def available() -> list[str]:
    """Names of the devices that PyTorch can use here."""
    names = [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        names.append("mps")
    return [*names, "cpu"]
