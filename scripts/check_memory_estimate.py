"""How near the memory estimate of a training step is to what the process then takes, on this machine's CPU.

python scripts/check_memory_estimate.py profound_conv_fpn 3 64 224 224 --precision bf16
"""

from __future__ import annotations

import argparse
import threading
import time

import psutil
import torch

from QualityFinetuneLib.engine.protocol.jobs import TrainOptions
from QualityFinetuneLib.engine.worker.estimate import estimated_memory
from QualityFinetuneLib.engine.worker.heap import suit_heap
from QualityFinetuneLib.engine.worker.losses import SegmentationLoss
from QualityFinetuneLib.engine.worker.memory_plan import MemoryPlan
from QualityFinetuneLib.engine.worker.optimising import optimiser
from QualityFinetuneLib.engine.worker.precision import autocast
from QualityFinetuneLib.engine.worker.sample import Sample
from QualityFinetuneLib.models.build import build

CPU = torch.device("cpu")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("architecture")
    parser.add_argument("extents", nargs=4, type=int, metavar="N", help="channels and three extents")
    parser.add_argument("--cases", type=int, default=1)
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    options = parser.parse_args()
    channels, *patch = options.extents
    model = build(options.architecture, outputs=3, in_channels=channels).train()
    loss = SegmentationLoss(outputs=3, weights=model.supervision_weights)
    optimizer = optimiser(model, TrainOptions(mode="full"))
    suit_heap(model.parameters())
    images = torch.randn(options.cases, channels, *patch)
    labels = torch.randint(0, 3, (options.cases, 1, *patch))
    plan = MemoryPlan(parts=1, patch=tuple(patch), recompute=False, patch_may_shrink=False)
    footprint = estimated_memory(
        model,
        type("Objective", (), {"loss": staticmethod(loss)}),
        plan,
        Sample(image=images[0], target=labels[0]),
        cases=options.cases,
        cached=False,
        averaged=False,
        device=CPU,
        precision=options.precision,
    )
    process, peak, done = psutil.Process(), [0], threading.Event()

    def watch() -> None:
        while not done.is_set():
            peak[0] = max(peak[0], process.memory_info().rss)
            time.sleep(0.005)

    before = process.memory_info().rss
    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(2):
        optimizer.zero_grad(set_to_none=True)
        with autocast(CPU, options.precision):
            outputs = model(images)
        loss(outputs, labels).backward()
        optimizer.step()
    done.set()
    watcher.join()
    estimated, measured = (footprint.total - footprint.model) / 1e9, (peak[0] - before) / 1e9
    print(
        f"estimated {estimated:.2f} GB, measured {measured:.2f} GB, error {100 * (estimated / measured - 1):+.0f} %"
    )


if __name__ == "__main__":
    main()
