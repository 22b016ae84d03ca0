"""Which part of a network pretraining provides, and how to keep it as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from torch import nn

from ..common.errors import ErrorCode, UserError
from .networks.split import SplitNetwork


def encoder_of(model: SplitNetwork) -> nn.Module:
    """The part that pretraining provides."""
    return model.encoder


def encoder_parameters(model: SplitNetwork) -> Iterator[nn.Parameter]:
    """Parameters of the encoder."""
    return model.encoder.parameters()


def decoder_parameters(model: SplitNetwork) -> Iterator[nn.Parameter]:
    """Every parameter that is not the encoder's."""
    kept = {id(parameter) for parameter in model.encoder.parameters()}
    return (parameter for parameter in model.parameters() if id(parameter) not in kept)


def freeze_encoder(model: SplitNetwork, frozen: bool = True) -> None:
    """Keep the encoder as it is (or release it): no gradients, and evaluation mode also after `model.train()`."""
    model.freeze_encoder(frozen)


def freeze(model: SplitNetwork, mode: Literal["full", "frozen", "partial"], *, from_stage: int | None = None) -> None:
    """Choose what learns: everything, all but the encoder, or the encoder from one stage on with all that follows.

    Args:
        model: any network.
        mode: `full`, `frozen` or `partial`.
        from_stage: first stage (block of a transformer) that learns, counted from 0, for `partial` alone.

    Raises:
        UserError: BAD_CONFIG when `partial` names no stage of the encoder.
    """
    if mode != "partial":
        model.freeze_encoder(mode == "frozen")
        return
    try:
        model.freeze_below(-1 if from_stage is None else from_stage)
    except ValueError as error:
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what="The encoder cannot be trained in part.",
            why=f"The first stage to train is {from_stage}, and {error}.",
            next=f"Choose a stage from 0 to {model.stages() - 1}.",
        ) from error


def trainable_parameters(model: nn.Module) -> tuple[int, int]:
    """How many numbers learn, and how many there are."""
    counts = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    return sum(count for count, learns in counts if learns), sum(count for count, _ in counts)
