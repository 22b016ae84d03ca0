"""Low-rank adaptation (Hu et al., arXiv 2106.09685): large weights stay, small corrections to them are learnt.

A correction is part of the weight itself: whoever reads `layer.weight` reads W + (alpha / rank) up down. So the
networks' exact rewrites, which read weights in place of calling layers, compute the same with adapters as without.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ..common.errors import ErrorCode, UserError
from .networks.split import SplitNetwork

ADAPTED = ("pwconv1", "pwconv2", "qkv", "proj", "fc1", "fc2")
"""Last parts of the names of the layers that are adapted: pointwise ones of ConvNeXtV2, all of a transformer's."""


class LowRank(nn.Module):
    """A weight with a correction of low rank, zero at the start.

    Args:
        weight: (out, in) of the layer.
        rank: of the correction.
        alpha: the correction is scaled by alpha / rank.
    """

    def __init__(self, weight: Tensor, *, rank: int, alpha: float) -> None:
        super().__init__()
        self.scale = alpha / rank
        self.down = nn.Parameter(weight.new_empty(rank, weight.shape[1]))
        self.up = nn.Parameter(weight.new_zeros(weight.shape[0], rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.scale * (self.up @ self.down)


def adapt(model: SplitNetwork, *, rank: int = 8, alpha: float = 16.0) -> int:
    """Freeze the encoder's own weights and put adapters on its pointwise layers; what follows the encoder learns too.

    Args:
        model: changed in place; its output stays as it is until something is learnt.
        rank: of each correction.
        alpha: corrections are scaled by alpha / rank.

    Returns:
        How many layers were adapted.

    Raises:
        UserError: BAD_CONFIG when the rank is below one, the model is adapted already, or its encoder has no such
            layers (SegResNet's convolutions are not pointwise).
    """
    if rank < 1:
        raise _impossible(f"The rank is {rank}.", "Choose a rank of at least 1.")
    if any(parametrize.is_parametrized(module) for module in model.modules()):
        raise _impossible("The model has adapters already.", "Merge them first.")
    layers = [
        module
        for name, module in model.encoder.named_modules()
        if isinstance(module, nn.Linear) and name.rsplit(".", 1)[-1] in ADAPTED
    ]
    if not layers:
        raise _impossible(
            "Its encoder has no pointwise layers.", "Train the whole model, or the part after the encoder."
        )
    model.freeze_encoder(False)
    model.encoder.requires_grad_(False)
    for layer in layers:
        parametrize.register_parametrization(layer, "weight", LowRank(layer.weight, rank=rank, alpha=alpha))
    return len(layers)


def merge(model: nn.Module) -> None:
    """Make every correction part of the weight it corrects: the plain network again, with the same output."""
    for module in list(model.modules()):
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)


@torch.no_grad()
def merged_state(model: nn.Module) -> dict[str, Tensor]:
    """The state that `model` would have after `merge`, without changing it."""
    state = model.state_dict()
    for name, module in model.named_modules():
        if parametrize.is_parametrized(module, "weight"):
            state = {
                key: value for key, value in state.items() if not key.startswith(f"{name}.parametrizations.weight.")
            }
            state[f"{name}.weight"] = module.weight.detach()
    return state


def _impossible(why: str, next: str) -> UserError:
    return UserError(ErrorCode.BAD_CONFIG, what="Low-rank adapters cannot be used here.", why=why, next=next)
