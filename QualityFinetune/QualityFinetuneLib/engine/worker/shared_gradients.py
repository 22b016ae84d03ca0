"""The gradients of one step, summed over the processes that train together by torch's DistributedDataParallel.

It sends gradients bucket by bucket while the backward pass goes on. Three things it leaves to its user:

- Which parameters the outputs depend on. The first pass after a change (the start, an encoder that joins in, less
  memory) is computed without it, and its gradients are summed afterwards; what has a gradient then is what it takes
  care of from then on. So no pass searches its graph for unused parameters, and none waits for them.
- A rank that runs out of memory within a pass, for whose gradients the others would wait for ever. That rank sends
  zeros for what it has not sent, as in DistributedDataParallel's own join; then all agree that the pass is void.
- Sums: it takes the mean over ranks, while here each loss is a share of the whole batch's loss already.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from .distributed import Ranks, left_alone
from .failures import MEMORY_ERRORS, is_out_of_memory

Outputs = Callable[[Any], Any]
"""What a step shows to a network's outputs, with all that lies between."""


class SharedGradients:
    """Computes a step's outputs so that gradients become sums over the ranks.

    Args:
        outputs: computes them with the network that learns.
        learning: every parameter that may learn, those at rest included.
        ranks: the processes that train together; with one, everything is as it is.
    """

    def __init__(self, outputs: Outputs, learning: Iterable[nn.Parameter], *, ranks: Ranks) -> None:
        self._outputs, self._learning, self._ranks = outputs, list(learning), ranks
        self._wrapped: _Wrapped | None = None
        self._fits = True

    def begin(self) -> None:
        """Called before each pass over a share of a batch."""
        if self._wrapped is not None:
            if self._wrapped.is_for(self._learning):
                self._wrapped.begin()
            else:
                self.forget()

    @contextmanager
    def part(self, *, last: bool) -> Iterator[Outputs]:
        """Around forward and backward of one part of a share, which computes its outputs with what this gives.

        Args:
            last: whether it is the last part, after which gradients can be sent.

        Raises:
            UserError: ENGINE_DIED when another rank is gone.
        """
        if self._wrapped is None:
            yield self._outputs
            return
        with self._wrapped.part(last=last) as outputs:
            yield outputs

    def make_up(self) -> None:
        """After a failed pass of this rank: send zeros for what the others wait for."""
        if self._wrapped is not None:
            self._wrapped.make_up()

    def forget(self) -> None:
        """After a pass that failed on any rank, and once other parameters learn: start anew."""
        self._fits = True
        if self._wrapped is not None:
            self._wrapped = None
            # What an interrupted backward pass leaves must be gone before these parameters see another one.
            gc.collect()

    def finish(self) -> None:
        """After a pass that came through on every rank: from here on gradients are sums."""
        if self._ranks.size == 1 or self._wrapped is not None:
            return
        self._ranks.add_up(self._learning)
        if self._fits:
            wrapped = None
            try:
                wrapped = _Wrapped(self._outputs, self._learning)
            except MEMORY_ERRORS as error:
                if not is_out_of_memory(error):
                    raise
            self._fits = not self._ranks.any(wrapped is None)
            self._wrapped = wrapped if self._fits else None


class _Wrapped:
    """DistributedDataParallel around `outputs` for the parameters that have a gradient now."""

    def __init__(self, outputs: Outputs, learning: list[nn.Parameter]) -> None:
        self._learns = [parameter.requires_grad for parameter in learning]
        self._buckets = buckets = _SumOfBuckets()
        used = [parameter for parameter in learning if parameter.grad is not None]
        self._parallel = DistributedDataParallel(_Called(outputs, used), gradient_as_bucket_view=True)
        # The hook knows nothing of this object: the reducer keeps it where no garbage collector looks.
        self._parallel.register_comm_hook(None, lambda _, bucket: buckets.summed(bucket))
        self._called = False

    def is_for(self, learning: list[nn.Parameter]) -> bool:
        """Whether the same parameters learn as when this was made."""
        return self._learns == [parameter.requires_grad for parameter in learning]

    def begin(self) -> None:
        self._buckets.sent, self._called = 0, False

    @contextmanager
    def part(self, *, last: bool) -> Iterator[Outputs]:
        def outputs(shown: Any) -> Any:
            self._called = True
            return self._parallel(shown)

        try:
            with nullcontext() if last else self._parallel.no_sync():
                yield outputs
        except RuntimeError as error:
            if self._buckets.lost:
                raise left_alone() from error
            raise

    def make_up(self) -> None:
        reducer = self._parallel.reducer
        if not self._called:
            reducer._rebuild_buckets()  # the others did, together, as they began their pass
        for bucket in reducer._get_zeros_like_grad_buckets()[self._buckets.sent :]:
            self._buckets.summed(bucket).wait()


class _Called(nn.Module):
    """A function as a module whose parameters are those given, and no others."""

    def __init__(self, outputs: Outputs, parameters: Iterable[nn.Parameter]) -> None:
        super().__init__()
        self.learning = nn.ParameterList(parameters)
        self._outputs = outputs

    def forward(self, shown: Any) -> Any:
        return self._outputs(shown)


class _SumOfBuckets:
    """How a bucket of gradients is combined: their sum over the ranks.

    Attributes:
        sent: buckets of the present pass so far.
        lost: whether another rank was gone.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.lost = False

    def summed(self, bucket: distributed.GradBucket) -> torch.futures.Future[Tensor]:
        """The sum of a bucket that is being sent."""
        self.sent += 1
        try:
            work = distributed.all_reduce(bucket.buffer(), async_op=True)
        except RuntimeError:
            self.lost = True
            raise
        return work.get_future().then(self._arrived)

    def _arrived(self, done: torch.futures.Future[list[Tensor]]) -> Tensor:
        try:
            return done.value()[0]
        except RuntimeError:
            self.lost = True
            raise
