"""Which patches are hidden, and how well they were guessed: normalised voxels, hidden patches alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

EPSILON = 1e-6
"""Added to each patch's variance, as in MAE; a patch with less variance than this shows nothing."""

USUAL_PATCH = 16
"""Voxels along each axis of a patch, as ProFound's pretraining hides them (arXiv 2603.03961)."""

FEWEST_PATCHES = 4
"""Along an axis with fewer, smaller patches are taken: else hiding one hides most of what is around it."""


def usual_patch(crop: Sequence[int], stride: Sequence[int]) -> tuple[int, int, int]:
    """The patch to hide in images of `crop` voxels for an encoder of that stride, in the same order of axes.

    The largest multiple of the stride that divides the crop, is not above `USUAL_PATCH` and leaves `FEWEST_PATCHES`
    along the axis; the stride itself where there is none.
    """
    x, y, z = (_usual(extent, step) for extent, step in zip(crop, stride, strict=True))
    return x, y, z


def _usual(extent: int, step: int) -> int:
    fitting = [
        side for side in range(step, USUAL_PATCH + 1, step) if extent % side == 0 and extent // side >= FEWEST_PATCHES
    ]
    return max(fitting, default=step)


def hidden_patches(grid: Sequence[int], ratio: float, random: np.random.Generator) -> np.ndarray:
    """Which patches to hide, bool of shape `grid`: `ratio` of all to the nearest whole number, never none or all.

    Args:
        grid: patches along each axis; two in all at least.
        ratio: between 0 and 1.
        random: chooses them, each set as likely as any other.
    """
    count = int(np.prod(grid))
    chosen = np.zeros(count, dtype=bool)
    chosen[random.permutation(count)[: min(max(1, round(ratio * count)), count - 1)]] = True
    return chosen.reshape(grid)


def to_voxels(hidden: np.ndarray, patch: Sequence[int]) -> np.ndarray:
    """What is hidden for each patch as what is hidden for each voxel."""
    return np.kron(hidden, np.ones(patch, dtype=hidden.dtype))


def patches(images: Tensor, patch: Sequence[int]) -> Tensor:
    """Images (N, C, D, H, W) cut into cuboids, (N, C, patches, voxels), both in the order of the axes."""
    cut = images
    for axis, side in zip((2, 4, 6), patch, strict=True):
        cut = cut.unflatten(axis, (-1, side))
    return cut.permute(0, 1, 2, 4, 6, 3, 5, 7).flatten(5).flatten(2, 4)


def masked_loss(guessed: Tensor, images: Tensor, hidden: Tensor, patch: Sequence[int]) -> Tensor:
    """Mean squared error of hidden patches against their own normalised voxels, a mean over exams.

    Each patch of each channel is normalised by its own mean and (unbiased) variance, as in MAE: so contrast between
    patches, coil brightness and scanner do not count, and 1 is what guessing nothing costs. A patch that shows
    nothing - air, the border, a series that the exam lacks - does not count either.

    Args:
        guessed: (N, C, D, H, W), the network's output.
        images: the same shape, nothing hidden.
        hidden: (N, 1, D, H, W), 1 in hidden patches, else 0.
        patch: extents that divide the images'.

    Returns:
        One number in fp32; 0 where no hidden patch shows anything.
    """
    truth, told = patches(images.float(), patch), patches(guessed.float(), patch)
    variance, mean = torch.var_mean(truth, dim=-1, keepdim=True)
    error = (told - (truth - mean) / (variance + EPSILON).sqrt()).square().mean(-1)
    counts = (patches(hidden, patch)[..., 0] > 0.5) & (variance[..., 0] > EPSILON)
    each = (error * counts).sum((1, 2)) / counts.sum((1, 2)).clamp(min=1)
    return each.mean()
