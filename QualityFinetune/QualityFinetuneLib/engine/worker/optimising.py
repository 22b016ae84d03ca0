"""AdamW with layer-wise decay of the learning rate, cosine with linear warm-up."""

from __future__ import annotations

import math
import re

import torch

from ...models.networks.split import SplitNetwork
from ..protocol.jobs import TrainOptions

CLIP_NORM = 1.0
"""Largest norm of a step's gradient; a single odd exam must not undo an epoch."""


def optimiser(model: SplitNetwork, options: TrainOptions) -> torch.optim.AdamW:
    """AdamW over what is to be trained.

    With mode `full` the encoder's stage k of K learns `layer_decay ** (K - k)` as fast as the decoder, as ProFound's
    recipe asks. Biases and normalisations are not decayed. Each group keeps its share in `scale`.
    """
    depths = {name: _depth(name) for name, _ in model.encoder.named_parameters()}
    stages = max(depths.values(), default=0) + 1
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        depth = depths.get(name.removeprefix("encoder.")) if name.startswith("encoder.") else None
        scale = 1.0 if depth is None or options.mode != "full" else options.layer_decay ** (stages - depth)
        decay = options.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((scale, decay), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": members, "scale": scale, "weight_decay": decay, "lr": options.learning_rate * scale}
            for (scale, decay), members in groups.items()
        ]
    )


def set_learning_rate(optimizer: torch.optim.Optimizer, options: TrainOptions, *, step: int, steps: int) -> float:
    """Give each group its learning rate for `step` of `steps`; returns the decoder's."""
    rate = options.learning_rate * cosine_with_warmup(step, steps, warmup=round(steps * options.warmup_fraction))
    for group in optimizer.param_groups:
        group["lr"] = rate * group["scale"]
    return rate


def cosine_with_warmup(step: int, steps: int, *, warmup: int) -> float:
    """Share of the full learning rate: linear from 1/warmup to 1, then half a cosine down towards 0."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1.0 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def _depth(name: str) -> int:
    """Stage of an encoder's parameter, from the first number in its name; what comes before the stages is 0."""
    found = re.search(r"\d+", name)
    return int(found.group()) + 1 if found else 0
