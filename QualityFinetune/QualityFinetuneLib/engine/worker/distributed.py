"""Several processes that train one network together, one on each GPU, as `torchrun` starts them.

Each rank computes its share of every batch, and `shared_gradients` sums the gradients, so all make the same step.
What they do together besides that is here: they agree whether to stop and whether all came through, and share what is
done between the epochs.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import TypeVar

import torch
from torch import Tensor, distributed, nn

from ...common.errors import ErrorCode, UserError
from .context import Stopped
from .ranks import wanted_ranks

T = TypeVar("T")

_BUCKET_NUMBERS = 8 * 1024**2
"""Gradients are sent in pieces of so many numbers: few messages, little extra memory."""
_PATIENCE = timedelta(hours=2)
"""Longer than any validation that the other ranks wait for."""


class Ranks:
    """The processes of a training; by itself, a single one.

    Attributes:
        rank: number of this process; 0 is the one that speaks and writes.
        size: how many there are.
    """

    rank = 0
    size = 1

    @property
    def first(self) -> bool:
        return self.rank == 0

    def share(self, batch: Sequence[T]) -> Sequence[T]:
        """The part of a batch that this rank computes: neighbours, as equal in number as can be."""
        return batch[len(batch) * self.rank // self.size : len(batch) * (self.rank + 1) // self.size]

    def any(self, flag: bool) -> bool:
        """Whether it is true for one rank or more."""
        return flag

    def total(self, value: float) -> float:
        """Sum over the ranks."""
        return value

    def add_up(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by its sum over the ranks."""

    def alike(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by the first rank's."""

    def gathered(self, work: Callable[[], Sequence[T]]) -> list[T]:
        """Let every rank do its own work; what all got, in order of ranks, or the failure of one, is everybody's."""
        return list(work())


ALONE = Ranks()


class ProcessGroup(Ranks):
    """Ranks that talk through torch.distributed."""

    def __init__(self, device: torch.device) -> None:
        self.rank, self.size = distributed.get_rank(), distributed.get_world_size()
        self._device = device

    def any(self, flag: bool) -> bool:
        return self.total(float(flag)) > 0

    def total(self, value: float) -> float:
        number = torch.tensor([value], dtype=torch.float64, device=self._device)
        with _company():
            distributed.all_reduce(number)
        return float(number)

    def add_up(self, parameters: Iterable[nn.Parameter]) -> None:
        for gradients in _buckets(parameters):
            flat = torch.cat([gradient.flatten() for gradient in gradients])
            with _company():
                distributed.all_reduce(flat)
            for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
                gradient.copy_(part.view_as(gradient))

    def alike(self, tensors: Iterable[Tensor]) -> None:
        with _company():
            for tensor in tensors:
                distributed.broadcast(tensor.detach(), src=0)

    def gathered(self, work: Callable[[], Sequence[T]]) -> list[T]:
        own: tuple[str, Sequence[T]] = ("failed", ())
        failure: Exception | None = None
        try:
            own = ("done", work())
        except Stopped as stopped:
            own, failure = ("stopped", ()), stopped
        except Exception as error:  # noqa: BLE001 - raised again below, once the others know
            failure = error
        found: list[tuple[str, Sequence[T]]] = [("failed", ())] * self.size
        with _company():
            distributed.all_gather_object(found, own)
        if failure is not None:
            raise failure
        ends = {end for end, _ in found}
        if "failed" in ends:
            raise left_alone()
        if "stopped" in ends:
            raise Stopped
        return [one for _, part in found for one in part]


@contextmanager
def joined(device: torch.device) -> Iterator[Ranks]:
    """Meet the other ranks, if there are any, and part again.

    Raises:
        UserError: ENGINE_DIED when they cannot be met.
    """
    if wanted_ranks() == 1:
        yield ALONE
        return
    before = signal.signal(signal.SIGTERM, _told_to_end)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    try:
        with _company():
            distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
        yield ProcessGroup(device)
    finally:
        signal.signal(signal.SIGTERM, before)
        if distributed.is_initialized():
            distributed.destroy_process_group()


def _buckets(parameters: Iterable[nn.Parameter]) -> Iterator[list[Tensor]]:
    """Gradients in groups of one number format. Which parameters have none is the same on every rank: those at rest,
    and those that the outputs do not depend on."""
    kept: list[Tensor] = []
    numbers = 0
    for parameter in parameters:
        if parameter.grad is None:
            continue
        if kept and (numbers >= _BUCKET_NUMBERS or kept[0].dtype != parameter.grad.dtype):
            yield kept
            kept, numbers = [], 0
        kept.append(parameter.grad)
        numbers += parameter.numel()
    if kept:
        yield kept


@contextmanager
def _company() -> Iterator[None]:
    """Around whatever needs the other ranks: torch's many words for a lost one become one failure."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise left_alone() from error


def left_alone() -> UserError:
    """What to tell when another rank is gone."""
    return UserError(
        ErrorCode.ENGINE_DIED,
        what="The training ended because one of its processes ended.",
        why="Each process computes a share of every batch, so none can go on without the others.",
        next="See the error output of the process that ended first, then start again with resume.",
    )


def _told_to_end(_: int, __: FrameType | None) -> None:
    """`torchrun` ends all ranks once one has failed."""
    raise left_alone()
