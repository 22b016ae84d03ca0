"""The network's input: one channel a role on one grid, normalised as ProFound expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from ..common.errors import ErrorCode, UserError
from .grid import geometry_of, resample_to
from .roles import Role


@dataclass(frozen=True, kw_only=True)
class ChannelWarning:
    """One thing a reader must know about the input of a network."""

    role: Role
    message: str


def z_score(values: np.ndarray) -> np.ndarray:
    """Zero mean and unit variance over the non-zero voxels; zeros stay zero (domain: ProFound's normalisation).

    A channel whose non-zero voxels are all alike is centred only, as dividing by zero would say nothing.
    """
    scored = values.astype(np.float32, copy=True)
    inside = scored != 0
    if not inside.any():
        return scored
    picked = scored[inside].astype(np.float64)
    spread = float(picked.std())
    scored[inside] = (picked - picked.mean()) / (spread if spread > 0 else 1.0)
    return scored


def channels(
    images: Mapping[Role, sitk.Image], roles: Sequence[Role], grid: sitk.Image
) -> tuple[np.ndarray, list[ChannelWarning]]:
    """Stack the images of `roles` on `grid`.

    Each channel is z-scored over the T2w's whole field of view at the grid's spacing, and cropped and zero-padded
    afterwards. That is ProFound's order: the fat around the pelvis takes part in the statistics though the crop
    leaves it out, so cropping first would shift every value that its weights were trained on.

    Args:
        images: what the exam has, each on its own grid.
        roles: channels in order.
        grid: where the voxels are to lie.

    Returns:
        float32 array (C, D, H, W), and one warning for each channel that had to be filled with zeros.

    Raises:
        UserError: BAD_VALUES for a voxel that is not a finite number; MISSING_SERIES when no role is there at all.
    """
    if not any(role in images for role in roles):
        raise UserError(
            ErrorCode.MISSING_SERIES,
            what="The exam has none of the series that the model reads.",
            why=f"The model reads {_names(roles)}; the exam has {_names(images) or 'none'}.",
            next="Import the missing series, or choose a model that reads what is there.",
        )
    width, height, depth = grid.GetSize()
    stacked = np.zeros((len(roles), depth, height, width), dtype=np.float32)
    warned: list[ChannelWarning] = []
    for channel, role in enumerate(roles):
        image = images.get(role)
        if image is None:
            warned.append(
                ChannelWarning(
                    role=role, message=f"There is no {role.value} series; its channel is filled with zeros."
                )
            )
            continue
        _require_finite(image, role)
        stacked[channel] = _on_grid(image, images.get(Role.T2W, image), grid)
        if not stacked[channel].any():
            warned.append(
                ChannelWarning(
                    role=role, message=f"The {role.value} series is empty inside the model's field of view."
                )
            )
    return stacked, warned


def _on_grid(image: sitk.Image, field_of_view: sitk.Image, grid: sitk.Image) -> np.ndarray:
    start, whole = _extended(grid, field_of_view)
    scored = z_score(sitk.GetArrayFromImage(resample_to(image, whole)))
    cut = np.zeros(grid.GetSize()[::-1], dtype=np.float32)
    here, there = [], []
    for first, available, wanted in zip(start[::-1], scored.shape, cut.shape, strict=True):
        low, high = max(first, 0), min(first + available, wanted)
        if low >= high:
            return cut
        here.append(slice(low, high))
        there.append(slice(low - first, high - first))
    cut[tuple(here)] = scored[tuple(there)]
    return cut


def _extended(grid: sitk.Image, field_of_view: sitk.Image) -> tuple[list[int], sitk.Image]:
    """The voxel lattice of `grid`, cut to the box that holds `field_of_view`; and its first index in `grid`."""
    own, other = geometry_of(grid), geometry_of(field_of_view)
    edges = np.array(list(np.ndindex(2, 2, 2))) * np.asarray(other.size) - 0.5
    matrix = np.reshape(own.direction, (3, 3)) * np.asarray(own.spacing_mm)
    index = np.linalg.solve(matrix, (other.index_to_mm(edges) - np.asarray(own.origin_mm)).T).T
    start = np.ceil(index.min(axis=0) - 1e-6).astype(int)
    size = np.maximum(np.floor(index.max(axis=0) + 1e-6).astype(int) - start + 1, 1)
    whole = sitk.Image([int(n) for n in size], sitk.sitkUInt8)
    whole.SetSpacing(own.spacing_mm)
    whole.SetDirection(own.direction)
    whole.SetOrigin([float(v) for v in own.index_to_mm(start)])
    return [int(v) for v in start], whole


def _require_finite(image: sitk.Image, role: Role) -> None:
    values = sitk.GetArrayViewFromImage(image)
    if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all():
        count = int(values.size - np.isfinite(values).sum())
        raise UserError(
            ErrorCode.BAD_VALUES,
            what=f"The {role.value} series cannot be used.",
            why=f"{count} {'voxel' if count == 1 else 'voxels'} of the {role.value} series "
            f"{'is no finite number' if count == 1 else 'are no finite numbers'}.",
            next="Export the series again from the scanner or the archive, then import the exam once more.",
        )


def _names(roles: Sequence[Role] | Mapping[Role, sitk.Image]) -> str:
    return ", ".join(role.value for role in roles)
