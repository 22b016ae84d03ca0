"""Which part of a network pretraining provides, and how to keep it as it is."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

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
