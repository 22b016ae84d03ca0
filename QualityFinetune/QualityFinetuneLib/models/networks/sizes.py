"""Sizes of the ConvNeXtV2 family (Woo et al., arXiv 2301.00808, table 15); ProFound's published encoder is `tiny`."""

from __future__ import annotations

from typing import NamedTuple


class EncoderSize(NamedTuple):
    """Blocks and channels of the four stages."""

    depths: tuple[int, int, int, int]
    dims: tuple[int, int, int, int]


ENCODER_SIZES = {
    "atto": EncoderSize((2, 2, 6, 2), (40, 80, 160, 320)),
    "femto": EncoderSize((2, 2, 6, 2), (48, 96, 192, 384)),
    "pico": EncoderSize((2, 2, 6, 2), (64, 128, 256, 512)),
    "nano": EncoderSize((2, 2, 8, 2), (80, 160, 320, 640)),
    "tiny": EncoderSize((3, 3, 9, 3), (96, 192, 384, 768)),
    "base": EncoderSize((3, 3, 27, 3), (128, 256, 512, 1024)),
    "large": EncoderSize((3, 3, 27, 3), (192, 384, 768, 1536)),
    "huge": EncoderSize((3, 3, 27, 3), (352, 704, 1408, 2816)),
}
