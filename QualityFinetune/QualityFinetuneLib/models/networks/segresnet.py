"""MONAI's SegResNetDS with a boundary between encoder and decoder; the network of `taps_gland`."""

from __future__ import annotations

from monai.networks.nets.segresnet_ds import SegResEncoder, SegResNetDS
from torch import Tensor, nn

from .split import SplitNetwork


class SegResNet(SplitNetwork, SegResNetDS):
    """SegResNetDS (Myronenko, arXiv 1810.11654, with deep supervision) with group normalisation and Mish.

    Parameter names are MONAI's. The default sizes are those of `taps_gland`, 19.9 M parameters with one output.

    Args:
        outputs: output channels.
        in_channels: image channels.
        init_filters: channels at full resolution, doubled at each of three downsamplings.
        groups: groups of each normalisation.
        deep_supervision: outputs at the two coarser levels as well, for the training loss alone.
    """

    size_factor = (8, 8, 8)
    encoder: SegResEncoder
    training_only = ("up_layers.0.head.", "up_layers.1.head.")

    def __init__(
        self,
        *,
        outputs: int,
        in_channels: int = 1,
        init_filters: int = 32,
        groups: int = 8,
        deep_supervision: bool = True,
    ) -> None:
        super().__init__(
            spatial_dims=3,
            init_filters=init_filters,
            in_channels=in_channels,
            out_channels=outputs,
            norm=("GROUP", {"num_groups": groups}),
            act=("MISH", {"inplace": False}),
            dsdepth=3 if deep_supervision else 1,
        )
        if deep_supervision:
            self.supervision_weights = (1.0, 0.5, 0.25)

    def encode(self, images: Tensor) -> list[Tensor]:
        """Four maps: at full, 1/2, 1/4 and 1/8 resolution.

        Raises:
            ValueError: when an extent is no multiple of 8.
        """
        self.require_extents(images)
        return self.encoder(images)

    def decode(self, features: list[Tensor]) -> Tensor | list[Tensor]:
        """Logits at full resolution; in training mode also at 1/2 and 1/4 where deep supervision is on."""
        skips = list(features)
        maps = skips.pop()
        outputs: list[Tensor] = []
        for number, level in enumerate(self.up_layers):
            assert isinstance(level, nn.ModuleDict)
            maps = level["blocks"](level["upsample"](maps) + skips.pop())
            if (self.training and number >= len(self.up_layers) - self.dsdepth) or not skips:
                outputs.insert(0, level["head"](maps))
        return outputs if self.training and len(outputs) > 1 else outputs[0]

    def forward(self, images: Tensor) -> Tensor | list[Tensor]:
        return self.decode(self.encode(images))
