"""Which label a voxel of the T2w gets, from probabilities on a network's grid."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from ...cases.grid import Geometry, resample_to
from ...models.cards import Postprocessing
from .masks import largest_component, without_small_components
from .preparing import Prepared, empty_image, to_zyx
from .regions import Region, region_of, region_reached

_CERTAIN = 1e-30
"""Probabilities are kept this far from 0, and as far as fp32 allows from 1, before they are made log-odds."""


def to_mask(
    probabilities: np.ndarray, prepared: Prepared, *, post: Postprocessing, smallest_component_ml: float = 0.0
) -> sitk.Image:
    """The mask of a case from the labels' probabilities (labels, *axes) on its network's grid; see `label_map`."""
    return label_map(
        to_zyx(probabilities, prepared.axes),
        grid=prepared.grid,
        t2w=prepared.t2w,
        post=post,
        smallest_component_ml=smallest_component_ml,
    )


def label_map(
    probabilities: np.ndarray,
    *,
    grid: Geometry,
    t2w: Geometry,
    post: Postprocessing,
    smallest_component_ml: float = 0.0,
) -> sitk.Image:
    """Probabilities of the labels on a network's grid as a uint8 label map with exactly the T2w's geometry.

    They are interpolated linearly to the T2w's grid first and decided there, so a surface is as smooth as the
    T2w's voxels allow. Outside the network's grid there is background.

    Only voxels are interpolated where a label can win. Interpolated values are weighted means, so where background
    is ahead of a label in every neighbour on the network's grid, it stays ahead in between; the result is that of
    interpolating everything, up to rounding.

    Args:
        probabilities: float32 (labels, z, y, x) on `grid`, background left out.
        grid: the network's.
        t2w: the grid that the mask is to have.
        post: what is interpolated, the threshold for a single label, and whether to keep the largest component only.
        smallest_component_ml: components below this volume become background.
    """
    if len(probabilities) == 1:
        values = _above_threshold(probabilities[0], grid, t2w, post)
    else:
        values = _most_likely(probabilities, grid, t2w)
    if post.largest_component:
        values = largest_component(values)
    voxel_ml = float(np.prod(t2w.spacing_mm)) / 1000.0
    values = without_small_components(values, smallest_voxels=smallest_component_ml / voxel_ml)
    mask = sitk.GetImageFromArray(values)
    mask.CopyInformation(empty_image(t2w))
    return mask


def on_grid(values: np.ndarray, grid: Geometry, target: Geometry, *, region: Region | None = None) -> np.ndarray:
    """float32 values (z, y, x) on `grid`, linearly interpolated to `target` or a box of it; 0 outside `grid`."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(values, dtype=np.float32))
    image.CopyInformation(empty_image(grid))
    wanted = target if region is None else region.of(target)
    return sitk.GetArrayFromImage(resample_to(image, empty_image(wanted)))


def _above_threshold(likely: np.ndarray, grid: Geometry, t2w: Geometry, post: Postprocessing) -> np.ndarray:
    values = np.zeros(t2w.size[::-1], dtype=np.uint8)
    needed = _needed(likely > post.threshold, grid, t2w)
    if needed is None:
        return values
    source, region = needed
    part = likely[source.slices]
    if post.interpolated == "logits":
        # What is interpolated is the distance to the threshold, so that outside the grid, 0, nothing is found.
        part = _log_odds(part) - np.float32(np.log(post.threshold / (1 - post.threshold)))
        values[region.slices] = on_grid(part, source.of(grid), t2w, region=region) > 0
    else:
        values[region.slices] = on_grid(part, source.of(grid), t2w, region=region) > post.threshold
    return values


def _most_likely(probabilities: np.ndarray, grid: Geometry, t2w: Geometry) -> np.ndarray:
    values = np.zeros(t2w.size[::-1], dtype=np.uint8)
    labels = probabilities.sum(axis=0)
    background = 1.0 - labels
    rivals = probabilities.max(axis=0) > background
    needed = _needed(rivals, grid, t2w)
    if needed is None:
        return values
    source, region = needed
    # Interpolated is what is left for the labels, so that outside the grid, 0, all of it is background.
    best = 1.0 - on_grid(labels[source.slices], source.of(grid), t2w, region=region)
    found = values[region.slices]
    for value, likely in enumerate(probabilities, start=1):
        needed = _needed(likely > background, grid, t2w)
        if needed is None:
            continue
        source, part = needed
        part = part.clipped(region)  # where voxels coincide, rounding may have put a face of one box a voxel further
        here = on_grid(likely[source.slices], source.of(grid), t2w, region=part)
        inside = part.within(region)
        wins = here > best[inside]
        best[inside] = np.where(wins, here, best[inside])
        found[inside][wins] = value
    return values


def _needed(candidates: np.ndarray, grid: Geometry, t2w: Geometry) -> tuple[Region, Region] | None:
    """The box of `grid` to interpolate from, and the box of the T2w that candidates can reach."""
    core = region_of(candidates)
    reached = None if core is None else region_reached(core, grid, t2w)
    if reached is None:
        return None
    # Two voxels more, so that the box's own border is nowhere between a candidate and its neighbours.
    source = region_of(candidates, margin=2)
    assert source is not None
    return source, reached


def _log_odds(likely: np.ndarray) -> np.ndarray:
    exact = np.clip(likely.astype(np.float64), _CERTAIN, 1.0 - np.finfo(np.float32).epsneg)
    return (np.log(exact) - np.log1p(-exact)).astype(np.float32)
