"""AdamW with layer-wise decay of the learning rate, cosine with linear warm-up."""

from __future__ import annotations

import math

import torch

from ...models.networks.split import SplitNetwork
from ..protocol.jobs import TrainOptions
from .modes import LearningParts

CLIP_NORM = 1.0
"""Largest norm of a step's gradient; a single odd exam must not undo an epoch."""

_LAYERWISE = ("full", "partial", "lora")
_NOT_DECAYED = (".gamma", ".beta", ".cls_token")
"""Affines of normalisations and tokens that are stored with leading axes of one."""


def optimiser(model: SplitNetwork, options: TrainOptions, *, parts: LearningParts | None = None) -> torch.optim.AdamW:
    """AdamW over what is to be trained.

    In the modes that start from pretrained weights, stage k of an encoder of K stages learns `layer_decay ** (K - k)`
    as fast as the decoder, as ProFound's recipe asks; what comes before the stages counts as the first, the
    normalisation after them as the last. Biases and normalisations are not decayed. Each group keeps its share in
    `scale`, and in `encoder` whether it is the encoder's.

    Args:
        model: says which stage a parameter belongs to.
        options: of the finetune.
        parts: what learns; None takes whatever in `model` wants a gradient.
    """
    named = (
        parts.all().items()
        if parts is not None
        else ((name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad)
    )
    layerwise = options.mode in _LAYERWISE
    groups: dict[tuple[float, float, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in named:
        below = model.stages() - model.stage_of(name)
        scale = options.layer_decay**below if layerwise else 1.0
        decay = options.weight_decay if parameter.ndim > 1 and not name.endswith(_NOT_DECAYED) else 0.0
        groups.setdefault((scale, decay, name.startswith("encoder.")), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": members,
                "scale": scale,
                "weight_decay": decay,
                "encoder": encoder,
                "lr": options.learning_rate * scale,
            }
            for (scale, decay, encoder), members in groups.items()
        ],
        fused=_in_one_pass(model),
    )


def _in_one_pass(model: SplitNetwork) -> bool | None:
    """True on a CPU, where the default makes three temporary copies of each weight, UPerNet's largest of 156 MB."""
    return True if all(parameter.device.type == "cpu" for parameter in model.parameters()) else None


def set_learning_rate(
    optimizer: torch.optim.Optimizer, options: TrainOptions, *, step: int, steps: int, encoder_joins: int = 0
) -> float:
    """Give each group its learning rate for `step` of `steps`; returns the decoder's.

    The encoder joins at step `encoder_joins`. From there its share of the schedule rises linearly over as many steps
    as the run's own warm-up has, because a schedule at its height would hit it unprepared.
    """
    warmup = round(steps * options.warmup_fraction)
    rate = options.learning_rate * cosine_with_warmup(step, steps, warmup=warmup)
    joined = min(1.0, (step - encoder_joins + 1) / max(1, warmup)) if encoder_joins else 1.0
    for group in optimizer.param_groups:
        group["lr"] = rate * group["scale"] * (max(0.0, joined) if group["encoder"] else 1.0)
    return rate


def cosine_with_warmup(step: int, steps: int, *, warmup: int) -> float:
    """Share of the full learning rate: linear from 1/warmup to 1, then half a cosine down towards 0."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1.0 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))
