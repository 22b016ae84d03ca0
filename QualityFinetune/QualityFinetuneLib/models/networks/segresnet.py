"""MONAI's SegResNetDS with a boundary between encoder and decoder; the network of `taps_gland`."""

from __future__ import annotations

from monai.networks.nets.segresnet_ds import SegResBlock, SegResEncoder, SegResNetDS
from torch import Tensor, nn

from .mish import Mish
from .split import SplitNetwork

NORMS = ("group", "instance", "batch")
ACTIVATIONS = ("mish", "relu")


class SegResNet(SplitNetwork, SegResNetDS):
    """SegResNetDS (Myronenko, arXiv 1810.11654, with deep supervision).

    Parameter names are MONAI's. The default sizes are those of `taps_gland`, 19.9 M parameters with one output.

    Args:
        outputs: output channels.
        in_channels: image channels.
        init_filters: channels at full resolution, doubled at each downsampling.
        groups: groups of each normalisation, where it is `group`.
        deep_supervision: outputs at coarser levels as well, for the training loss alone.
        blocks: residual blocks of each level, finest first, separated by commas; one downsampling less than levels.
        norm: a name in `NORMS`.
        act: a name in `ACTIVATIONS`.
        levels: how many levels have an output with deep supervision, the finest included; 0 means three.
        resolution: spacing in mm along the tensors' axes, separated by commas, for which coarse axes are neither
            convolved nor halved at first; empty treats all axes alike.
    """

    size_factor = (8, 8, 8)
    encoder: SegResEncoder

    def __init__(
        self,
        *,
        outputs: int,
        in_channels: int = 1,
        init_filters: int = 32,
        groups: int = 8,
        deep_supervision: bool = True,
        blocks: str = "1,2,2,4",
        norm: str = "group",
        act: str = "mish",
        levels: int = 0,
        resolution: str = "",
    ) -> None:
        if norm not in NORMS or act not in ACTIVATIONS:
            raise ValueError(f"norm must be one of {', '.join(NORMS)} and act one of {', '.join(ACTIVATIONS)}")
        down = tuple(int(number) for number in blocks.split(","))
        steps = len(down) - 1
        if steps < 1:
            raise ValueError("there must be at least two levels")
        depth = min(levels or 3, steps) if deep_supervision else 1
        super().__init__(
            spatial_dims=3,
            init_filters=init_filters,
            in_channels=in_channels,
            out_channels=outputs,
            blocks_down=down,
            norm=("GROUP", {"num_groups": groups}) if norm == "group" else (norm.upper(), {"affine": True}),
            act=(act.upper(), {"inplace": False}),
            dsdepth=depth,
            resolution=tuple(float(spacing) for spacing in resolution.split(",")) if resolution else None,
        )
        if act == "mish":
            for block in [module for module in self.modules() if isinstance(module, SegResBlock)]:
                block.act1, block.act2 = Mish(), Mish()
        first, second, third = (int(factor) for factor in self.shape_factor())
        self.size_factor = (first, second, third)
        self.supervision_weights = tuple(0.5**level for level in range(depth))
        self.training_only = tuple(f"up_layers.{level}.head." for level in range(steps - depth, steps - 1))

    def encode(self, images: Tensor) -> list[Tensor]:
        """One map a level: at full, 1/2, 1/4 and 1/8 resolution with the default sizes.

        Raises:
            ValueError: when `size_factor` does not divide an extent.
        """
        self.require_extents(images)
        return self.encoder(images)

    def decode(self, features: list[Tensor]) -> Tensor | list[Tensor]:
        """Logits at full resolution; in training mode also at coarser levels where deep supervision is on."""
        skips = list(self.dropped(features))
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
