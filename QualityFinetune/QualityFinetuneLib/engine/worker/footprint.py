"""How much memory a piece of training takes, found without computing it or having the memory.

The step is run on fake tensors, which have shapes and formats but no content, and every allocation is followed from
its birth to its end.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, unset_fake_temporarily
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Call = Callable[..., Any]
"""Takes the name of one of the model's methods and its arguments."""


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """Bytes of a training step.

    Attributes:
        model: parameters and buffers.
        optimiser: AdamW's two moments, and the running mean of weights where one is kept.
        step: the most that images, activations, gradients and everything between take at one time.
    """

    model: int
    optimiser: int
    step: int

    @property
    def total(self) -> int:
        return self.model + self.optimiser + self.step


def footprint_of(model: nn.Module, step: Callable[[Call], Tensor], *, averaged: bool) -> Footprint:
    """The footprint of one step of `model`.

    Args:
        model: as it is to be trained; left as it is.
        step: makes its own inputs, computes with the model's methods through what it is given, returns the loss.
        averaged: whether a running mean of the weights is kept.
    """
    learning = sum(_bytes(p) for p in model.parameters() if p.requires_grad)
    own = sum(_bytes(tensor) for tensor in (*model.parameters(), *model.buffers()))
    with FakeTensorMode(allow_non_fake_inputs=True):
        call = _on_fake_weights(model)
        with _Allocations() as allocations:
            step(call).backward()
    return Footprint(model=own, optimiser=(3 if averaged else 2) * learning, step=allocations.peak)


def _on_fake_weights(model: nn.Module) -> Call:
    state = {
        f"model.{name}": torch.zeros(value.shape, dtype=value.dtype).requires_grad_(value.requires_grad)
        for name, value in model.state_dict(keep_vars=True).items()
    }
    return lambda method, *arguments: torch.func.functional_call(_Bound(model, method), state, arguments)


class _Bound(nn.Module):
    """A module whose forward is another module's method."""

    def __init__(self, model: nn.Module, method: str) -> None:
        super().__init__()
        self.model, self._method = model, method

    def forward(self, *arguments: Any) -> Any:
        return getattr(self.model, self._method)(*arguments)


class _Allocations(TorchDispatchMode):
    """Follows the storages of all tensors that operations make."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0
        self._alive: dict[int, int] = {}
        self.peak = 0

    def __torch_dispatch__(
        self, function: Any, types: Any, arguments: tuple[Any, ...] = (), keywords: Mapping[str, Any] | None = None
    ) -> Any:
        keywords = keywords or {}
        if self._has_content(function, arguments):
            with unset_fake_temporarily():
                return function(*arguments, **keywords)
        results = function(*arguments, **keywords)
        for result in tree_leaves(results):
            if isinstance(result, Tensor):
                self._born(result.untyped_storage())
        return results

    @staticmethod
    def _has_content(function: Any, arguments: tuple[Any, ...]) -> bool:
        """True for numbers that the program itself looks at, such as a list of axes made by `arange`."""
        if function.overloadpacket is torch.ops.aten.arange:
            return True
        tensors = [leaf for leaf in tree_leaves(arguments) if isinstance(leaf, Tensor)]
        return bool(tensors) and not any(isinstance(tensor, FakeTensor | nn.Parameter) for tensor in tensors)

    def _born(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        if key not in self._alive:
            self._alive[key] = storage.nbytes()
            self._now += storage.nbytes()
            self.peak = max(self.peak, self._now)
            weakref.finalize(storage, self._gone, key)

    def _gone(self, key: int) -> None:
        self._now -= self._alive.pop(key)


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
