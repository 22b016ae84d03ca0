"""Training steps of a tiny network on noise, by one process or by several that share them."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from QualityFinetuneLib.engine.protocol.jobs import TrainOptions
from QualityFinetuneLib.engine.worker.context import JobContext
from QualityFinetuneLib.engine.worker.distributed import Ranks, joined
from QualityFinetuneLib.engine.worker.memory_plan import MemoryPlan
from QualityFinetuneLib.engine.worker.modes import choose_parts
from QualityFinetuneLib.engine.worker.patches import Shown
from QualityFinetuneLib.engine.worker.sample import Sample
from QualityFinetuneLib.engine.worker.step import TrainingStep
from QualityFinetuneLib.models.build import build

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Scenario:
    """What is trained, how, and where one process runs out of memory."""

    name: str
    architecture: str = "segresnet_ds"
    build: dict[str, object] = field(default_factory=lambda: {"init_filters": 8, "groups": 2})
    options: dict[str, object] = field(default_factory=lambda: {"mode": "full"})
    extent: int = 8
    batch: int = 2
    plan: dict[str, object] = field(default_factory=dict)
    cached: bool = False
    joins_at: int = 0
    """Step from which the encoder learns too."""
    fails: tuple[int, str] | None = None
    """Step and place at which the last rank runs out of memory once: `cut`, `loss` or `backward`."""
    steps: int = 4


@dataclass(frozen=True)
class Outcome:
    """Losses, weights afterwards by name, parts at the end, and buckets that each step sent."""

    losses: list[float]
    weights: dict[str, Tensor]
    parts: int
    sent: list[int]


def train(scenario: Scenario, ranks: Ranks) -> Outcome:
    """Run the scenario's steps as one of `ranks`."""
    torch.manual_seed(5)
    options = TrainOptions.model_validate(scenario.options)
    model = build(scenario.architecture, outputs=3, in_channels=1, **scenario.build)
    parts = choose_parts(model, options, seed=1)
    noise = _Noise(scenario, model, last=ranks.rank == ranks.size - 1)
    step = TrainingStep(
        model=model,
        objective=noise,
        # AdamW divides by a gradient's size, so where there is next to none it makes much of rounding.
        optimizer=torch.optim.SGD(parts.all().values(), lr=0.05, weight_decay=0.1),
        samples=noise,
        features=noise if scenario.cached else None,  # type: ignore[arg-type]
        plan=MemoryPlan(
            **{"parts": 1, "patch": (scenario.extent,) * 3, "recompute": False, "patch_may_shrink": False}
            | scenario.plan  # type: ignore[arg-type]
        ),
        device=CPU,
        precision="fp32",
        context=JobContext(lambda _: None),
        ranks=ranks,
    )
    losses, sent = [], []
    for number in range(scenario.steps):
        parts.hold_encoder(model, held=number < scenario.joins_at)
        noise.step = number
        shown = [Shown(case=number * 10 + n, words=(n,)) for n in range(scenario.batch)]
        losses.append(step.run(shown, words=(number,)))
        sent.append(_sent(step))
    weights = {name: value.detach().clone() for name, value in model.state_dict().items()}
    return Outcome(losses, weights, step._plan.parts, sent)


def _sent(step: TrainingStep) -> int:
    wrapped = step._shared._wrapped
    return 0 if wrapped is None else wrapped._buckets.sent


def train_together(scenarios: list[Scenario], folder: Path, *, count: int = 2) -> list[list[Outcome]]:
    """Run each scenario in `count` processes; for each, what every rank came to."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["QualityFinetuneLib.engine.worker.finetune"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [
        context.Process(target=_run, args=(scenarios, number, count, port, folder), daemon=True)
        for number in range(count)
    ]
    for process in processes:
        process.start()
    try:
        for process in processes:
            process.join(timeout=120)
        assert [process.exitcode for process in processes] == [0] * count
    finally:
        for process in processes:
            process.kill()
    each = [pickle.loads((folder / f"outcome-{number}").read_bytes()) for number in range(count)]  # noqa: S301
    return [list(found) for found in zip(*each, strict=True)]


def _run(scenarios: list[Scenario], rank: int, count: int, port: int, folder: Path) -> None:
    torch.set_num_threads(1)
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(count)}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    with joined(CPU) as ranks:
        found = [train(scenario, ranks) for scenario in scenarios]
    (folder / f"outcome-{rank}").write_bytes(pickle.dumps(found))


class _Noise:
    """Patches, objective and features of a scenario, and the failure that it asks for."""

    def __init__(self, scenario: Scenario, model: nn.Module, *, last: bool) -> None:
        self._scenario, self._model, self.step = scenario, model, 0
        self._fails = scenario.fails if last else None

    def get(self, shown: Shown, patch: tuple[int, int, int]) -> Sample:
        """An image of noise and where it is bright, or for an answer its number."""
        self._maybe("cut")
        image = torch.randn(1, *patch, generator=torch.Generator().manual_seed(shown.case))
        if self._scenario.architecture.endswith("_classifier"):
            return Sample(image=image, target=torch.tensor(shown.case % 3))
        return Sample(image=image, target=(image[0] > 0).long())

    @torch.no_grad()
    def encode(self, images: Tensor) -> list[Tensor]:
        """The features of an encoder at rest."""
        return self._model.encode(images)  # type: ignore[operator,no-any-return]

    def loss(self, outputs: Tensor | list[Tensor], targets: Tensor) -> Tensor:
        """Cross-entropy of the main output alone."""
        self._maybe("loss")
        main = outputs[0] if isinstance(outputs, list) else outputs
        if self._fails == (self.step, "backward"):
            main = _fails_on_the_way_back(self._model, main, self._maybe)
        return nn.functional.cross_entropy(main, targets)

    def _maybe(self, place: str) -> None:
        if self._fails == (self.step, place):
            self._fails = None
            raise torch.OutOfMemoryError("CUDA out of memory.")


def _fails_on_the_way_back(model: nn.Module, main: Tensor, fail: Callable[[str], None]) -> Tensor:
    """The same output; halfway through the backward pass there is no memory left."""
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    halfway = learning[len(learning) // 2]

    def hook(gradient: Tensor) -> None:
        handle.remove()
        fail("backward")

    handle = halfway.register_hook(hook)
    return main
