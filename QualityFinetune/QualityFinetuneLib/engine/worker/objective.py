"""What is learned, as the training loop sees it: targets, a loss, and how good the network is now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from torch import Tensor

from ...models.networks.split import SplitNetwork
from ..protocol.jobs import CaseFiles
from .preparing import Prepared

Fact = int | float | str | bool | None
"""What a model's description can say of its training."""


class Objective(Protocol):
    """One way to learn: a segmentation, or answers for whole exams. The loop knows nothing else of a task.

    Attributes:
        metric: name of the number that `conclude` gives; events, `metrics.json` and the model's description use it.
    """

    metric: str

    def prepare(self, case: CaseFiles) -> Prepared:
        """Read a case with all that is to be learned from it.

        Raises:
            UserError: what is wrong with its files.
        """
        ...

    def check(self, train: Sequence[Prepared]) -> None:
        """Look at the training cases together, before anything is computed; warn of what teaches nothing.

        Raises:
            UserError: when there is nothing to learn.
        """
        ...

    def begin(self, model: SplitNetwork, train: Sequence[Prepared]) -> None:
        """Give the network what it must know of the training cases before its first step; not called on resuming."""
        ...

    def target(self, case: Prepared, label: Tensor | None) -> Tensor:
        """What the network should say about one sample; targets of a batch are stacked.

        Args:
            case: which case is shown.
            label: its mask as shown, int64 (1, *patch), cut and turned like the image; None for a case without.
        """
        ...

    def loss(self, outputs: Tensor | list[Tensor], targets: Tensor) -> Tensor:
        """Loss in fp32 as a mean over the batch.

        Args:
            outputs: of the network in training mode, the auxiliary ones after the main one.
            targets: (N, ...) on the same device.
        """
        ...

    def judge(self, forward: Callable[[Tensor], Tensor], case: Prepared) -> Any:
        """Try the network on a case it does not learn from; what is found is small, and goes from process to process.

        Args:
            forward: images (N, C, *axes) to outputs, in evaluation mode.
            case: with what is known about it.
        """
        ...

    def conclude(self, judged: Sequence[Any], *, epoch: int) -> float | None:
        """Put together what `judge` found, and tell each number with its case and quality stratum.

        Args:
            judged: one for each case, at least one.
            epoch: counted from 1.

        Returns:
            One number, larger is better; None when no case can be judged.
        """
        ...

    def kinds(self, case: Prepared) -> frozenset[str]:
        """What a case is an example of, for class-balanced sampling: its labels, its class, its grade."""
        ...

    def told(self, value: float) -> float:
        """What `conclude` gave, as a reader knows it: an error, judged by its negative, is positive again."""
        ...

    def facts(self, value: float | None) -> dict[str, Fact]:
        """What the saved model's description says of its validation, given the best value."""
        ...
