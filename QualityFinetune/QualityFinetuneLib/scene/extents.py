"""Where the drawn structures of a segmentation lie in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .geometry import geometry_of_node, geometry_of_oriented, index_to_ras, voxels_of
from .label_maps import drawn_images


@dataclass(frozen=True, kw_only=True)
class Extent:
    """A place in RAS millimetres.

    Attributes:
        centre: centroid (3,) of the structure.
        corners: corners (n, 3) of what encloses it.
    """

    centre: NDArray[np.float64]
    corners: NDArray[np.float64]

    def length_along(self, axis: NDArray[np.float64]) -> float:
        """Millimetres from end to end along a unit vector."""
        along = self.corners @ axis
        return float(along.max() - along.min())


def extent_of_segmentation(node: Any) -> Extent | None:
    """Centroid of all drawn voxels and corners of the boxes around them; None where nothing is drawn."""
    if node is None:
        return None
    centres, weights, corners = [], [], []
    for _, image in drawn_images(node):
        indices = np.argwhere(voxels_of(image) != 0)[:, ::-1]
        geometry = geometry_of_oriented(image)
        volume = float(np.prod(geometry.spacing_mm)) * len(indices)
        centres.append(index_to_ras(geometry, indices.mean(axis=0)))
        weights.append(volume)
        low, high = indices.min(axis=0) - 0.5, indices.max(axis=0) + 0.5
        corners.append(index_to_ras(geometry, low + np.array(list(np.ndindex(2, 2, 2))) * (high - low)))
    if not centres:
        return None
    return Extent(centre=np.average(centres, axis=0, weights=weights), corners=np.concatenate(corners))


def extent_of_volume(node: Any) -> Extent:
    """The middle and the corners of a volume node's voxels."""
    geometry = geometry_of_node(node)
    size = np.asarray(geometry.size)
    corners = index_to_ras(geometry, np.array(list(np.ndindex(2, 2, 2))) * size - 0.5)
    return Extent(centre=index_to_ras(geometry, (size - 1) / 2), corners=corners)
