"""A worker between jobs: what it reads before the first, and what it leaves behind after each."""

from __future__ import annotations

import ctypes
import gc
import sys


def get_ready() -> None:
    """Read the libraries that jobs need, which takes seconds; nothing is computed, no device is touched."""
    # Read here so that no job has to.
    import torch.distributed
    import torch.utils.checkpoint  # noqa: F401
    from torch._subclasses import fake_tensor  # noqa: F401

    from . import finetune, predict  # noqa: F401


def clear_up() -> None:
    """Give back the memory of the last job, as the end of a process would."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None:
        from .heap import suit_heap

        suit_heap(())  # a large training may have changed what becomes of freed memory
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:  # glibc's; the worker's environment tells it to keep what is freed while a job runs
        trim(0)
