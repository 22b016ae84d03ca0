"""What every network here offers: an encoder and a decoder with a boundary between them that features can cross."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from torch import Tensor, nn

from .feature_dropout import FeatureDropout
from .windows import Window

_STAGE = re.compile(r"(?:downsample_layers|stages|layers|blocks)\.(\d+)")
"""Modules of an encoder that belong to one stage, in the networks here."""


class SplitNetwork(nn.Module):
    """A network made of `encoder` and a rest, `decode(encode(images)) == forward(images)`.

    Features at the boundary can be computed once and kept while the rest is trained. In training mode `decode` gives
    a list, the main output first and the auxiliary ones after it, to be weighted with `supervision_weights`; else
    one tensor. Outputs are logits.

    Attributes:
        encoder: the part that pretraining provides.
        supervision_weights: weight of the loss on each output in training mode.
        size_factor: divisors of the spatial extents, in the tensors' order, with which no voxel is lost at
            the border.
        training_only: beginnings of the names of parameters that prediction does not use.
        decodes_windows: whether `decode_window` is there.
        sizes: what the option `size` may be, for networks that have it.
    """

    sizes: ClassVar[Mapping[str, Any]] = {}

    encoder: nn.Module
    supervision_weights: tuple[float, ...] = (1.0,)
    size_factor: tuple[int, int, int] = (1, 1, 1)
    training_only: tuple[str, ...] = ()
    decodes_windows: bool = False
    encoder_frozen: bool = False
    _resting: tuple[nn.Module, ...] = ()

    def encode(self, images: Tensor) -> list[Tensor]:
        """Features of images (N, C, D, H, W), finest first."""
        raise NotImplementedError

    def decode(self, features: list[Tensor]) -> Tensor | list[Tensor]:
        """Output for features of `encode`, which are left as they are."""
        raise NotImplementedError

    def decode_window(self, features: list[Tensor], window: Window) -> list[Tensor]:
        """The window's part of each of `decode`'s outputs, for less work than all of it.

        Args:
            features: of the whole image.
            window: the same for the whole batch.
        """
        raise NotImplementedError

    def forward(self, images: Tensor) -> Tensor | list[Tensor]:
        return self.decode(self.encode(images))

    def use_dropout(self, rate: float) -> None:
        """Leave out that share of the features on their way into the decoder, in training; 0 leaves out nothing."""
        self.feature_dropout = FeatureDropout(rate) if rate else None

    def dropped(self, features: list[Tensor]) -> list[Tensor]:
        """The features as `decode` shall use them."""
        dropout = self._modules.get("feature_dropout")
        return features if dropout is None else dropout(features)

    def require_extents(self, images: Tensor) -> None:
        """Refuse images whose extents the network cannot halve as often as it must.

        Raises:
            ValueError: when `size_factor` does not divide an extent.
        """
        if any(extent % factor for extent, factor in zip(images.shape[2:], self.size_factor, strict=True)):
            raise ValueError(f"{tuple(images.shape[2:])} must be divisible by {self.size_factor}")

    def freeze_encoder(self, frozen: bool = True) -> None:
        """Keep the encoder as it is: no gradients, no stochastic depth, no moving statistics, until released."""
        self.encoder_frozen = frozen
        self._resting = (self.encoder,) if frozen else ()
        self.encoder.requires_grad_(not frozen)
        self.train(self.training)

    def freeze_below(self, stage: int) -> None:
        """Keep the encoder's stages before `stage` as they are, and let the later ones and the rest learn.

        Raises:
            ValueError: when the encoder has no such stage.
        """
        if not 0 <= stage < self.stages():
            raise ValueError(f"the encoder has stages 0 to {self.stages() - 1}, not {stage}")
        self.freeze_encoder(False)
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(self.stage_of(name) >= stage)
        self._resting = tuple(
            module
            for name, module in self.encoder.named_modules()
            if (found := _STAGE.fullmatch(name)) and int(found[1]) < stage
        )
        self.train(self.training)

    def stages(self) -> int:
        """How many stages (blocks of a transformer) the encoder has."""
        return 1 + max(
            (int(found[1]) for name, _ in self.encoder.named_modules() if (found := _STAGE.fullmatch(name))),
            default=0,
        )

    def stage_of(self, name: str) -> int:
        """Stage of the parameter or buffer of that name.

        What comes before the stages belongs to the first one, the normalisation after them to the last, and what is
        not the encoder's is one beyond the last.
        """
        if not name.startswith("encoder."):
            return self.stages()
        inner = name.removeprefix("encoder.")
        if found := _STAGE.match(inner):
            return int(found[1])
        return self.stages() - 1 if inner.startswith("norm.") else 0

    def train(self, mode: bool = True) -> Self:
        """Training mode for everything that is not frozen."""
        super().train(mode)
        for module in self._resting:
            module.eval()
        return self
