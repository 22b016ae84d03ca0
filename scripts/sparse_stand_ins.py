"""Modules that hold parameters under MinkowskiEngine's names and in its shapes, and compute nothing.

With them the authors' sparse encoder can be built where MinkowskiEngine is not installed, so its checkpoint's names
and shapes can be compared.
"""

from __future__ import annotations

import sys
import types

import torch
from torch import nn


def add_sparse_stand_ins() -> None:
    """Put them in the place of MinkowskiEngine; the folder of upstream's checkout is on `sys.path` already."""
    for name in ("MinkowskiEngine", "MinkowskiEngine.MinkowskiOps"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["MinkowskiEngine"].__dict__.update(
        MinkowskiConvolution=SparseConvolution,
        MinkowskiChannelwiseConvolution=SparseChannelwise,
        MinkowskiLinear=SparseLinear,
        MinkowskiGELU=nn.GELU,
    )
    sys.modules["MinkowskiEngine.MinkowskiOps"].__dict__.update(to_sparse=None)
    from models import util

    if not hasattr(util, "MinkowskiGRN"):  # commented out on branch demo, still imported by the sparse encoder
        util.MinkowskiGRN = SparseResponseNorm


class SparseConvolution(nn.Module):
    """Taps first, none for a pointwise kernel; the bias has two axes."""

    def __init__(self, incoming: int, outgoing: int, *, kernel_size: int, dimension: int, **_: object) -> None:
        super().__init__()
        taps = kernel_size**dimension
        self.kernel = nn.Parameter(torch.zeros(*((taps,) if taps > 1 else ()), incoming, outgoing))
        self.bias = nn.Parameter(torch.zeros(1, outgoing))


class SparseChannelwise(nn.Module):
    """A depthwise kernel, its taps first."""

    def __init__(self, channels: int, *, kernel_size: int, dimension: int, **_: object) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.zeros(kernel_size**dimension, channels))
        self.bias = nn.Parameter(torch.zeros(1, channels))


class SparseLinear(nn.Module):
    """A linear layer within a module of its own."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        super().__init__()
        self.linear = nn.Linear(incoming, outgoing)


class SparseResponseNorm(nn.Module):
    """Response normalisation, its parameters of two axes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, channels))
        self.beta = nn.Parameter(torch.zeros(1, channels))
