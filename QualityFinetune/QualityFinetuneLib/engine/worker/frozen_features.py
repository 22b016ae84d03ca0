"""A frozen encoder's features for training and validation, keyed by what they depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from ...models.networks.split import SplitNetwork
from ..protocol.jobs import Precision
from .feature_cache import FeatureCache
from .precision import autocast


def frozen_features(model: SplitNetwork, folder: Path, *, device: torch.device, precision: Precision) -> FeatureCache:
    """A cache in `folder` for the features of the model's encoder as it is now."""
    # Decoders of one encoder may ask for different features of it.
    digest = hashlib.sha256(f"{type(model).__name__}/{precision}/{device.type}/".encode())
    for name, value in model.encoder.state_dict().items():
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().data)

    def encode(images: Tensor) -> list[Tensor]:
        with autocast(device, precision):
            return model.encode(images)

    return FeatureCache(folder, encode, weights=digest.hexdigest())


def forward_of(model: SplitNetwork, features: FeatureCache | None) -> Callable[[Tensor], Tensor]:
    """Images to outputs, through the cache where there is one; for a model in evaluation mode."""

    def forward(images: Tensor) -> Tensor:
        outputs = model(images) if features is None else model.decode(features.encode(images))
        assert isinstance(outputs, Tensor)
        return outputs

    return forward
