"""One answer for a whole exam, from the vector that an encoder gives it."""

from __future__ import annotations

from monai.networks.nets.segresnet_ds import SegResEncoder
from torch import Tensor, nn

from .convnextv2 import ConvNeXtV2
from .heads import exam_head
from .segresnet import SegResNet
from .sizes import ENCODER_SIZES
from .split import SplitNetwork
from .vit import TRANSFORMER_SIZES, VisionTransformer


class ExamNetwork(SplitNetwork):
    """An encoder that gives one vector an exam, and the published head: two linear layers.

    Args:
        encoder: gives the vector, or maps that `encode` makes a vector of.
        width: channels of that vector.
        outputs: classes, grades, labels or values asked for.
        hidden: width between the two layers; 0 for one layer alone.
        answer: kind of answer, see `models.answers`.
    """

    def __init__(self, encoder: nn.Module, width: int, *, outputs: int, hidden: int, answer: str) -> None:
        super().__init__()
        self.encoder = encoder
        self.answer = answer
        self.head = exam_head(answer, width=width, hidden=hidden, outputs=outputs)

    def encode(self, images: Tensor) -> list[Tensor]:
        """One vector an exam, (N, C), as the only feature."""
        return [self.encoder(images)]

    def decode(self, features: list[Tensor]) -> Tensor:
        """Logits (N, outputs); for grades one logit less, for values the values themselves."""
        return self.head(self.dropped(features)[0])


class ProFoundClassifier(ExamNetwork):
    """ProFound's convolutional encoder, pooled over all voxels, and a head.

    Args:
        outputs: see `ExamNetwork`, as `hidden` and `answer`.
        in_channels: image channels.
        size: encoder size.
        drop_path: highest rate of stochastic depth in the encoder.
    """

    sizes = ENCODER_SIZES
    size_factor = (16, 16, 16)

    def __init__(
        self,
        *,
        outputs: int,
        in_channels: int = 3,
        size: str = "tiny",
        hidden: int = 256,
        drop_path: float = 0.0,
        answer: str = "classes",
    ) -> None:
        encoder = ConvNeXtV2(in_channels=in_channels, size=size, drop_path=drop_path)
        super().__init__(encoder, encoder.dims[-1], outputs=outputs, hidden=hidden, answer=answer)


class VitClassifier(ExamNetwork):
    """ProFound's vision transformer, mean of its tokens, and a head.

    Args:
        outputs: see `ExamNetwork`, as `hidden` and `answer`.
        in_channels: image channels.
        size: encoder size.
        drop_path: highest rate of stochastic depth in the encoder.
    """

    sizes = TRANSFORMER_SIZES
    size_factor = (64, 256, 256)

    def __init__(
        self,
        *,
        outputs: int,
        in_channels: int = 3,
        size: str = "base",
        hidden: int = 256,
        drop_path: float = 0.0,
        answer: str = "classes",
    ) -> None:
        encoder = VisionTransformer(in_channels=in_channels, size=size, drop_path=drop_path)
        super().__init__(encoder, encoder.width, outputs=outputs, hidden=hidden, answer=answer)


class SegResNetClassifier(ExamNetwork):
    """The encoder of a SegResNetDS, its last map pooled over all voxels, and a head.

    So one answer for an exam can start from the encoder of `taps_gland`.

    Args:
        outputs: see `ExamNetwork`, as `hidden` and `answer`.
        in_channels: image channels.
        init_filters: channels at full resolution, doubled at each of three downsamplings.
        groups: groups of each normalisation.
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
        hidden: int = 256,
        answer: str = "classes",
    ) -> None:
        whole = SegResNet(outputs=1, in_channels=in_channels, init_filters=init_filters, groups=groups)
        super().__init__(whole.encoder, 8 * init_filters, outputs=outputs, hidden=hidden, answer=answer)

    def encode(self, images: Tensor) -> list[Tensor]:
        """One vector an exam, (N, C), as the only feature."""
        self.require_extents(images)
        return [self.encoder(images)[-1].mean((-3, -2, -1))]
