"""A decoder's output inside a window alone, exactly as the whole output has it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

CELL = 16
"""Windows lie on a grid of cells of so many voxels: the coarsest maps have one voxel there, the finest four."""
_HALO_CELLS = 1
"""What a voxel's output can see beside its own cell, in ConvNeXtV2's maps with at most two 3x3x3 convolutions and an
interpolation after the finest one: 1 + 1 + 1 voxels of the finest map, and a cell has 4."""


@dataclass(frozen=True)
class Window:
    """A box of voxels of the image; extents and start are multiples of `CELL`.

    Attributes:
        start: first voxel along each axis, in the tensors' order.
        size: voxels along each axis.
    """

    start: tuple[int, int, int]
    size: tuple[int, int, int]

    def of(self, tensor: Tensor) -> Tensor:
        """The window's part of a tensor (..., D, H, W) at the image's resolution."""
        z, y, x = (slice(start, start + size) for start, size in zip(self.start, self.size, strict=True))
        return tensor[..., z, y, x]


class Cut:
    """Cuts a window, and one cell around it where there is one, out of maps of any resolution.

    Args:
        window: in voxels of the image.
        extents: (D, H, W) of the image, multiples of `CELL`.

    Raises:
        ValueError: when extents or window do not lie on the grid of cells, or the window not in the image.
    """

    def __init__(self, window: Window, extents: Sequence[int]) -> None:
        ends = [start + size for start, size in zip(window.start, window.size, strict=True)]
        if any(number % CELL for number in (*extents, *window.start, *window.size)) or any(
            not 0 <= start < end <= extent for start, end, extent in zip(window.start, ends, extents, strict=True)
        ):
            raise ValueError(f"{window} does not lie on the cells of an image of {tuple(extents)}")
        self._cells = [extent // CELL for extent in extents]
        self._first = [max(0, start // CELL - _HALO_CELLS) for start in window.start]
        self._end = [min(cells, end // CELL + _HALO_CELLS) for cells, end in zip(self._cells, ends, strict=True)]
        self.extents = [CELL * (end - first) for first, end in zip(self._first, self._end, strict=True)]
        shifted = tuple(start - CELL * first for start, first in zip(window.start, self._first, strict=True))
        self.inner = Window((shifted[0], shifted[1], shifted[2]), window.size)

    def levels(self, features: Sequence[Tensor]) -> list[Tensor]:
        """The encoder's maps with the finest one cut, in fp32 at least, though they may have been kept in bf16."""
        return [
            level.to(torch.promote_types(level.dtype, torch.float32)) for level in (self(features[0]), *features[1:])
        ]

    def __call__(self, maps: Tensor) -> Tensor:
        """The part of maps (N, C, d, h, w), whose extents the number of cells divides."""
        box = []
        for extent, cells, first, end in zip(maps.shape[2:], self._cells, self._first, self._end, strict=True):
            if extent % cells:
                raise ValueError(f"maps of {tuple(maps.shape[2:])} do not lie on {self._cells} cells")
            box.append(slice(first * (extent // cells), end * (extent // cells)))
        return maps[(slice(None), slice(None), *box)]
