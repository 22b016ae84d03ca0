"""What becomes of memory that tensors on a CPU give back: kept for the next ones, or returned to the system.

Kept memory is fast: nothing has to be cleared anew. But it is in pieces, and a large network's next map often fits
into none of them: UPerNet's training step grew by a third so. With glibc both can be chosen; elsewhere nothing is.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterable
from functools import cache

from torch import Tensor

from ..client.python import KEEP_MEMORY

_LARGE = 100_000_000
"""Numbers that learn, from which on memory counts for more than the fifth of the time that returning it takes."""
_RETURN_FROM = 1 << 20
"""Bytes of a piece of memory that is returned as soon as it is given back."""
_KEPT_AT_THE_END = 1 << 26
_OPTIONS = {"MALLOC_TRIM_THRESHOLD_": -1, "MALLOC_TOP_PAD_": -2, "MALLOC_MMAP_THRESHOLD_": -3}
"""Numbers of glibc's options (malloc.h)."""
_RETURN = {"MALLOC_TRIM_THRESHOLD_": _KEPT_AT_THE_END, "MALLOC_TOP_PAD_": 0, "MALLOC_MMAP_THRESHOLD_": _RETURN_FROM}


def suit_heap(learning: Iterable[Tensor]) -> bool | None:
    """Return memory at once where much learns on a CPU, keep it elsewhere.

    Returns:
        Whether memory is returned now; None where that is not for us to say: another C library, a GPU, or a user
        who has set glibc's options himself.
    """
    tensors = list(learning)
    ours = all(os.environ.get(name, value) == value for name, value in KEEP_MEMORY.items())
    if not _has_glibc() or not ours or any(tensor.device.type != "cpu" for tensor in tensors):
        return None
    returned = sum(tensor.numel() for tensor in tensors) >= _LARGE
    library = ctypes.CDLL(None)
    for name, number in _OPTIONS.items():
        library.mallopt(number, _RETURN[name] if returned else min(int(KEEP_MEMORY[name]), (1 << 31) - 1))
    library.malloc_trim(0)
    return returned


@cache
def _has_glibc() -> bool:
    return platform.libc_ver()[0] == "glibc"
