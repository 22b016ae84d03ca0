"""Stand-ins hold MinkowskiEngine's shapes."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from torch import nn


@pytest.fixture
def stand_ins(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("sparse_stand_ins")


def shapes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in module.state_dict().items()}


def test_taps_come_first_and_a_pointwise_kernel_has_none(stand_ins: ModuleType) -> None:
    wide = stand_ins.SparseConvolution(4, 8, kernel_size=2, stride=2, bias=True, dimension=3)
    assert shapes(wide) == {"kernel": (8, 4, 8), "bias": (1, 8)}
    assert shapes(stand_ins.SparseConvolution(4, 8, kernel_size=1, dimension=3))["kernel"] == (4, 8)
    assert shapes(stand_ins.SparseChannelwise(6, kernel_size=7, bias=True, dimension=3)) == {
        "kernel": (343, 6),
        "bias": (1, 6),
    }


def test_linear_and_norm_have_the_sparse_names(stand_ins: ModuleType) -> None:
    assert shapes(stand_ins.SparseLinear(3, 5)) == {"linear.weight": (5, 3), "linear.bias": (5,)}
    assert shapes(stand_ins.SparseResponseNorm(5)) == {"gamma": (1, 5), "beta": (1, 5)}
