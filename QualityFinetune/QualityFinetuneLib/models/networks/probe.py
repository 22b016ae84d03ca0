"""Linear probes: how good an encoder's features are by themselves, read out by one linear layer."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import torch
from monai.networks.nets.segresnet_ds import SegResEncoder
from torch import Tensor, nn
from torch.nn import functional

from .convnextv2 import ConvNeXtV2
from .norms import EPSILON
from .segresnet import SegResNet
from .sizes import ENCODER_SIZES
from .split import SplitNetwork
from .upernet import resized


class LinearReadout(nn.Module):
    """One linear map from the channels of all stages at a voxel to its logits; no hidden layer.

    Each stage's map is brought to mean 0 and spread 1 over its channels, without parameters, so that stages of
    different scale learn alike. The 1x1x1 convolution acts on channels and interpolation on space, so the two
    commute: each stage is convolved at its own resolution, and only its logits are interpolated to the output's grid.

    Args:
        widths: channels of the maps, finest first.
        outputs: output channels.
    """

    def __init__(self, widths: Sequence[int], *, outputs: int) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            nn.Conv3d(width, outputs, kernel_size=1, bias=number == 0) for number, width in enumerate(widths)
        )

    def forward(self, maps: Sequence[Tensor], size: Sequence[int]) -> Tensor:
        """Logits (N, outputs, D, H, W) at `size`."""
        by_extent: dict[tuple[int, ...], Tensor] = {}
        for stage, level in zip(self.stages, maps, strict=True):
            part = stage(_standardised(level))
            extent = tuple(part.shape[2:])
            by_extent[extent] = by_extent[extent] + part if extent in by_extent else part
        shown = [part if extent == tuple(size) else resized(part, size) for extent, part in by_extent.items()]
        return functools.reduce(torch.add, shown)


class ProFoundProbe(SplitNetwork):
    """ProFound's encoder with a linear read-out of its four stages.

    Args:
        outputs: output channels.
        in_channels: image channels.
        size: encoder size.
    """

    sizes = ENCODER_SIZES
    size_factor = (16, 16, 16)
    encoder: ConvNeXtV2

    def __init__(self, *, outputs: int, in_channels: int = 3, size: str = "tiny") -> None:
        super().__init__()
        self.encoder = ConvNeXtV2(in_channels=in_channels, size=size)
        self.head = LinearReadout(self.encoder.dims, outputs=outputs)

    def encode(self, images: Tensor) -> list[Tensor]:
        """Four maps; see `ConvNeXtV2.features`."""
        self.require_extents(images)
        return self.encoder.features(images)

    def decode(self, features: list[Tensor]) -> Tensor:
        """Logits (N, outputs, D, H, W)."""
        return self.head(self.dropped(features), [4 * extent for extent in features[0].shape[2:]])


class SegResNetProbe(SplitNetwork):
    """A SegResNet's encoder, that of `taps_gland` by default, with a linear read-out of its levels.

    Args:
        outputs: output channels.
        in_channels: image channels.
        init_filters: see `SegResNet`, as the others.
        groups: groups of each normalisation.
        blocks: residual blocks of each level.
        norm: kind of normalisation.
        act: kind of activation.
        resolution: spacing in mm.
    """

    encoder: SegResEncoder

    def __init__(
        self,
        *,
        outputs: int,
        in_channels: int = 1,
        init_filters: int = 32,
        groups: int = 8,
        blocks: str = "1,2,2,4",
        norm: str = "group",
        act: str = "mish",
        resolution: str = "",
    ) -> None:
        super().__init__()
        whole = SegResNet(
            outputs=outputs,
            in_channels=in_channels,
            init_filters=init_filters,
            groups=groups,
            blocks=blocks,
            norm=norm,
            act=act,
            resolution=resolution,
        )
        self.encoder = whole.encoder
        self.size_factor = whole.size_factor
        self.head = LinearReadout(
            [init_filters * 2**level for level in range(len(blocks.split(",")))], outputs=outputs
        )

    def encode(self, images: Tensor) -> list[Tensor]:
        """One map a level, the first at full resolution."""
        self.require_extents(images)
        return self.encoder(images)

    def decode(self, features: list[Tensor]) -> Tensor:
        """Logits (N, outputs, D, H, W)."""
        return self.head(self.dropped(features), features[0].shape[2:])


_SEGRESNET = ("init_filters", "groups", "blocks", "norm", "act", "resolution")
_PROBES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "profound_conv": ("profound_conv_probe", ("size",)),
        "profound_conv_unetr": ("profound_conv_probe", ("size",)),
        "profound_conv_fpn": ("profound_conv_probe", ("size",)),
        "profound_conv_probe": ("profound_conv_probe", ("size",)),
        "segresnet_ds": ("segresnet_probe", _SEGRESNET),
        "segresnet_probe": ("segresnet_probe", _SEGRESNET),
        "profound_conv_classifier": ("profound_conv_classifier", ("size", "answer")),
        "profound_vit_classifier": ("profound_vit_classifier", ("size", "answer")),
        "segresnet_classifier": ("segresnet_classifier", ("init_filters", "groups", "answer")),
    }
)


def probe_of(
    architecture: str, options: Mapping[str, bool | int | float | str]
) -> tuple[str, dict[str, bool | int | float | str]]:
    """Architecture and options of the linear probe of a network's encoder.

    For an answer for the whole exam that is the same network without the hidden layer of its head.

    Raises:
        KeyError: for an architecture that has no probe.
    """
    name, kept = _PROBES[architecture]
    chosen = {option: options[option] for option in kept if option in options}
    return name, chosen | ({"hidden": 0} if name.endswith("_classifier") else {})


def _standardised(maps: Tensor) -> Tensor:
    last = maps.movedim(1, -1)
    return functional.layer_norm(last, last.shape[-1:], eps=EPSILON).movedim(-1, 1)
