"""Kernels of oneDNN that PyTorch brings but does not choose by itself on a CPU, and PyTorch's own everywhere else.

None of these records gradients; autograd functions call them. Measured on one core with AVX-512, 50176 voxels, 96 and
384 channels: PyTorch's linear layer of fp32 takes 64 and 45 ms, oneDNN's 46 and 19; GELU adds 40 and 4; the norm of
each channel over all voxels takes 57 ms in one piece and 3 in pieces that stay in the cache.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

_PIECE = 1 << 20
"""Numbers worked on at a time where a whole map would leave the cache."""


_elsewhere = ContextVar("elsewhere", default=False)


def compute_dtype(maps: Tensor) -> torch.dtype:
    """Number format that a layer would compute with on `maps`: that of autocast where it is on."""
    kind = maps.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else maps.dtype


def as_written(maps: Tensor) -> AbstractContextManager[object]:
    """A context in which autocast changes no format on the device of `maps`."""
    return torch.autocast(maps.device.type, enabled=False)


def suited(maps: Tensor) -> bool:
    """True where oneDNN's kernels can serve layers on `maps`, in the format that these would compute with."""
    if maps.device.type != "cpu" or _elsewhere.get() or not _has_onednn() or not torch.backends.mkldnn.enabled:
        return False
    dtype = compute_dtype(maps)
    return dtype is torch.float32 or (dtype is torch.bfloat16 and _has_bf16())


@contextmanager
def as_elsewhere() -> Iterator[None]:
    """Compute as on a device without oneDNN, for whoever asks on a CPU what a GPU would need."""
    before = _elsewhere.set(True)
    try:
        yield
    finally:
        _elsewhere.reset(before)


def linear(rows: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`rows` (V, I) times `weight` (O, I), plus a bias of any format: (V, O)."""
    if suited(rows):
        return torch.ops.mkldnn._linear_pointwise(rows, weight, bias, "none", [], "")
    return functional.linear(rows, weight, None if bias is None else bias.to(rows.dtype))


def linear_gelu(rows: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The same through the exact GELU."""
    if suited(rows):
        return torch.ops.mkldnn._linear_pointwise(rows, weight, bias, "gelu", [], "none")
    return functional.gelu(linear(rows, weight, bias))


def product_over_rows(first: Tensor, second: Tensor) -> Tensor:
    """`first` (V, A) transposed times `second` (V, B): (A, B), as the gradient of a linear layer's weight."""
    if first.dtype is not torch.float32 or not suited(first):
        return first.t() @ second
    # oneDNN's first operand is copied, so it should be the smaller one.
    if first.shape[1] > second.shape[1]:
        return linear(second.t(), first.t()).t()
    return linear(first.t(), second.t())


def channel_norms(rows: Tensor) -> Tensor:
    """L2 norm of each column of `rows` (V, C), summed in fp32 or better: (C,)."""
    return _sums(rows, Tensor.square).sqrt()


def column_sums(rows: Tensor) -> Tensor:
    """Sum of each column of `rows` (V, C), in fp32 or better: (C,)."""
    return _sums(rows, lambda piece: piece)


def _sums(rows: Tensor, of: Callable[[Tensor], Tensor]) -> Tensor:
    exact = torch.promote_types(rows.dtype, torch.float32)
    total = rows.new_zeros(rows.shape[1], dtype=exact)
    for piece in rows.split(max(1, _PIECE // rows.shape[1])):
        total += of(piece.to(exact)).sum(0)
    return total


@cache
def _has_onednn() -> bool:
    return (
        torch.backends.mkldnn.is_available()
        and platform.machine().lower() in {"x86_64", "amd64"}
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


@cache
def _has_bf16() -> bool:
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
