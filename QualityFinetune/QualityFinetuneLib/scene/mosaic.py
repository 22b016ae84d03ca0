"""Several slices of a volume beside each other in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .snapshot import ml_by_slice, opened, take
from .views import fitting_field_of_view

GAP_PX = 4


def mosaic(
    scene: Any,
    volume_node: Any,
    segmentation_node: Any = None,
    *,
    axis: str = "axial",
    indices: Sequence[int] | None = None,
    columns: int = 4,
    count: int = 8,
    tile_px: int = 320,
    **options: Any,
) -> NDArray[np.uint8]:
    """A grid of slices at one scale, read row by row.

    Args:
        indices: slice numbers from 0; None spreads `count` slices evenly over what is drawn, or over the volume.
        columns: tiles in a row.
        tile_px: side of a tile.
        options: what `snapshot` takes as well: `field_of_view_mm`, `centered_on`, `fill_opacity`, `caption`.

    Returns:
        uint8 of shape (height, width, 3); tiles that are left over stay black.

    Raises:
        UserError: BAD_VALUES for a slice there is not.
    """
    options.setdefault("field_of_view_mm", fitting_field_of_view(segmentation_node))
    with opened(scene, volume_node, segmentation_node, size_px=tile_px) as view:
        view.orient(axis)
        chosen = indices if indices is not None else spread(ml_by_slice(view), count)
        return arranged([take(view, index, **options) for index in chosen], columns=columns)


def spread(ml: NDArray[np.float64], count: int) -> list[int]:
    """Numbers of `count` slices evenly spread over those that show the segmentation, or over the whole volume.

    Args:
        ml: volume of the segmentation in each slice.
    """
    drawn = np.flatnonzero(ml) if ml.any() else np.arange(len(ml))
    return [int(index) for index in np.unique(np.linspace(drawn[0], drawn[-1], count).round())]


def arranged(tiles: Sequence[NDArray[np.uint8]], *, columns: int) -> NDArray[np.uint8]:
    """Tiles of one size (height, width, 3) in rows of `columns`, with a narrow gap between them."""
    columns = max(1, min(columns, len(tiles)))
    rows = -(-len(tiles) // columns)
    height, width, _ = tiles[0].shape
    sheet = np.zeros((rows * (height + GAP_PX) - GAP_PX, columns * (width + GAP_PX) - GAP_PX, 3), np.uint8)
    for number, tile in enumerate(tiles):
        top, left = number // columns * (height + GAP_PX), number % columns * (width + GAP_PX)
        sheet[top : top + height, left : left + width] = tile
    return sheet
