"""Several looks at one case with one network: as it is, mirrored, with parts of the network left out at random."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import torch
from monai.networks.layers import DropPath
from torch import Tensor, nn

from ...cases.grid import Geometry
from ...common.errors import ErrorCode, UserError
from ...models.meta import ModelMeta
from .context import JobContext
from .inference import probabilities
from .preparing import Prepared, to_zyx
from .seeding import seed_torch


@dataclass(frozen=True, kw_only=True)
class Looks:
    """How often each network looks at a case.

    Attributes:
        flips: look at the case mirrored left to right as well, and mirror the answer back.
        dropout_passes: looks with the network's dropout left on (Gal and Ghahramani, arXiv 1506.02142); 0 means one
            look without.
        seed: of what is dropped; the same seed, case and network drop the same.
    """

    flips: bool = False
    dropout_passes: int = 0
    seed: int = 0

    @property
    def count(self) -> int:
        """Looks of one network at one case."""
        return max(1, self.dropout_passes) * (2 if self.flips else 1)

    def each(self, model: nn.Module, prepared: Prepared) -> Iterator[tuple[Prepared, bool]]:
        """The case as each look sees it, and whether mirrored; while it is looked at, what is dropped is chosen.

        Args:
            model: of the network that looks, in evaluation mode.
            prepared: the case as it is.
        """
        axis = left_right_axis(prepared.grid, prepared.axes)
        for number, mirrored in product(
            range(max(1, self.dropout_passes)), (False, True) if self.flips else (False,)
        ):
            seen = replace(prepared, image=np.flip(prepared.image, axis).copy()) if mirrored else prepared
            with dropping(model, on=self.dropout_passes > 0):
                if self.dropout_passes:
                    seed_torch(self.seed, "dropout", prepared.case.id, number, int(mirrored))
                yield seen, mirrored

    def require(self, model: nn.Module, name: str) -> None:
        """Raises UserError BAD_JOB when dropout is asked of a network, called `name`, that has none."""
        if self.dropout_passes and not _droppers(model):
            raise UserError(
                ErrorCode.BAD_JOB,
                what=f"The uncertainty of {name} cannot come from dropout.",
                why="Its network leaves nothing out at random.",
                next="Finetune it with dropout, or use flips or an ensemble of several runs.",
            )


@dataclass(frozen=True, kw_only=True)
class Looker:
    """A network that looks.

    Attributes:
        name: what messages call it.
        meta: grid, window and postprocessing.
        model: on its device, in evaluation mode.
        forward: images (N, C, *axes) to float32 logits (N, outputs, *axes); calls `model`.
        device: where `forward` computes.
    """

    name: str
    meta: ModelMeta
    model: nn.Module
    forward: Callable[[Tensor], Tensor]
    device: torch.device

    def mean(self, prepared: Prepared, looks: Looks, *, context: JobContext) -> np.ndarray:
        """Probabilities of the labels, float32 (labels, z, y, x) on the network's grid: the mean over all looks."""
        axis = left_right_axis(prepared.grid, prepared.axes)
        total: np.ndarray | None = None
        for seen, mirrored in looks.each(self.model, prepared):
            found = probabilities(self.forward, seen, meta=self.meta, device=self.device, context=context)
            found = np.flip(found, axis) if mirrored else found
            total = found if total is None else total + found
        assert total is not None
        return to_zyx(total if looks.count == 1 else total / np.float32(looks.count), prepared.axes)


def left_right_axis(grid: Geometry, axes: str) -> int:
    """Which of an array's last three axes, as -3, -2 or -1, runs most nearly from the patient's left to right.

    Args:
        grid: the array's geometry, axes i, j, k.
        axes: the array's order, `zyx` (k, j, i) or `xyz` (i, j, k).
    """
    sideways = int(np.abs(np.reshape(grid.direction, (3, 3))[0]).argmax())
    return sideways - 3 if axes == "xyz" else -1 - sideways


@contextmanager
def dropping(model: nn.Module, *, on: bool) -> Iterator[None]:
    """Dropout and stochastic depth active, everything else in evaluation mode; as before afterwards."""
    droppers = [module for module in _droppers(model) if not module.training] if on else []
    for module in droppers:
        module.train()
    try:
        yield
    finally:
        for module in droppers:
            module.eval()


def _droppers(model: nn.Module) -> list[nn.Module]:
    return [
        module
        for module in model.modules()
        if (isinstance(module, nn.modules.dropout._DropoutNd) and module.p > 0)
        or (isinstance(module, DropPath) and module.drop_prob > 0)
    ]
