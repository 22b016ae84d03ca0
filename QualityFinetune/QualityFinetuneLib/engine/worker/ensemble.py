"""What one or several networks together say about a case, on one grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ...cases.grid import Geometry, same_grid
from ...cases.tasks import Task
from ...common.errors import ErrorCode, UserError
from ...models.cards import Postprocessing
from ...models.meta import ModelMeta
from ..protocol.jobs import CaseFiles, PredictJob
from .context import JobContext
from .deciding import on_grid
from .looks import Looker, Looks
from .network import Network
from .preparing import Prepared, prepare
from .ready import ready_to_predict


@dataclass(frozen=True, kw_only=True)
class Likely:
    """Probabilities of the labels for one case.

    Attributes:
        values: float32 (labels, z, y, x), background left out.
        grid: where they lie.
        t2w: the case's own grid, which masks and maps are written on.
    """

    values: np.ndarray
    grid: Geometry
    t2w: Geometry


class Ensemble:
    """The networks of a job, ready to look at its cases.

    Probabilities are averaged: over the looks of each network on that network's grid, then over the networks, on
    their grid where they share one and on the T2w's where they do not. Outside a network's view all is background.

    Args:
        networks: all for the job's task; at least one.
        job: says how often each looks.
        device: where they compute.

    Raises:
        UserError: BAD_JOB for flips of a task whose sides differ, and for dropout of a network that has none.
    """

    def __init__(self, networks: Sequence[Network], job: PredictJob, *, device: torch.device) -> None:
        self._task = job.task
        self.looks = Looks(flips=job.flips, dropout_passes=job.dropout_passes, seed=job.seed)
        require_no_sides(job.task, self.looks)
        self._lookers = [_looker(network, job, device) for network in networks]
        for looker in self._lookers:
            self.looks.require(looker.model, looker.name)
        self.post = _common([looker.meta.postprocessing for looker in self._lookers])

    @property
    def opinions(self) -> int:
        """Over how many looks of networks a case's probabilities are averaged."""
        return len(self._lookers) * self.looks.count

    def look_at(self, case: CaseFiles, *, context: JobContext) -> Likely:
        """Read a case and average what the networks say about it.

        Raises:
            UserError: what is wrong with the case.
        """
        found: list[tuple[np.ndarray, Geometry]] = []
        inputs = Inputs(case, self._task, context)
        for looker in self._lookers:
            prepared = inputs.of(looker.meta)
            found.append((looker.mean(prepared, self.looks, context=context), prepared.grid))
        t2w = prepared.t2w
        grid = found[0][1]
        if any(not same_grid(grid, other, tolerance_mm=1e-5) for _, other in found):
            found = [(_all_on(values, own, t2w), t2w) for values, own in found]
            grid = t2w
        values = found[0][0]
        if len(found) > 1:
            values = sum((one for one, _ in found[1:]), start=values) / np.float32(len(found))
        return Likely(values=values, grid=grid, t2w=t2w)


class Inputs:
    """A case as each of several networks sees it, prepared once for those that see it alike.

    Args:
        case: to be looked at.
        task: that the networks solve.
        context: takes warnings.
    """

    def __init__(self, case: CaseFiles, task: Task, context: JobContext) -> None:
        self._case, self._task, self._context = case, task, context
        self._prepared: dict[tuple[object, ...], Prepared] = {}

    def of(self, meta: ModelMeta) -> Prepared:
        """The case on the grid of a network.

        Raises:
            UserError: what is wrong with the case.
        """
        key = (meta.inputs, meta.spacing_mm, meta.orientation, meta.axes, meta.normalisation, meta.whole_volume,
               meta.patch if meta.whole_volume else None)  # fmt: skip
        if key not in self._prepared:
            self._prepared[key] = prepare(self._case, meta=meta, task=self._task, context=self._context)
        return self._prepared[key]


def _looker(network: Network, job: PredictJob, device: torch.device) -> Looker:
    model, forward = ready_to_predict(network.model, device=device, precision=job.precision)
    return Looker(name=network.meta.name, meta=network.meta, model=model, forward=forward, device=device)


def _all_on(values: np.ndarray, grid: Geometry, target: Geometry) -> np.ndarray:
    return np.stack([on_grid(channel, grid, target) for channel in values])


def _common(rules: Sequence[Postprocessing]) -> Postprocessing:
    """The rules for an average: the mean threshold; the largest part alone, and log-odds, where all want them.

    Blur is not among them, because it is done before probabilities are averaged.
    """
    if len(rules) == 1:
        return rules[0]
    logits = all(rule.interpolated == "logits" for rule in rules)
    return Postprocessing(
        interpolated="logits" if logits else "probabilities",
        threshold=sum(rule.threshold for rule in rules) / len(rules),
        largest_component=all(rule.largest_component for rule in rules),
    )


def require_no_sides(task: Task, looks: Looks) -> None:
    """Raises UserError BAD_JOB for flips of a task whose sides differ."""
    if task.sided and looks.flips:
        raise UserError(
            ErrorCode.BAD_JOB,
            what=f"{task.title} cannot be predicted with flips.",
            why="Its labels tell left from right, and a mirrored exam has them the other way round.",
            next="Predict without flips.",
        )
