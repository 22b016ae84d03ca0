"""What a masked autoencoder is shown: crops of exams, flipped, with patches hidden, chosen by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from ...models.networks.masked_loss import hidden_patches, to_voxels
from .patches import Shown
from .preparing import Prepared
from .sample import Sample
from .seeding import generator


class MaskedViews:
    """Cuts crops and chooses what is hidden in them; the same words give the same view.

    Only left and right are exchanged: other flips show anatomy that no exam has.

    Args:
        cases: on the network's grid.
        mask_patch: voxels of a patch, in the network's order of axes.
        mask_ratio: share of the patches that are hidden.
        augment: False shows the middle of each case, unflipped.
    """

    def __init__(
        self, cases: Sequence[Prepared], *, mask_patch: tuple[int, int, int], mask_ratio: float, augment: bool
    ) -> None:
        self._cases, self._augment = cases, augment
        self._patch, self._ratio = mask_patch, mask_ratio

    def get(self, shown: Shown, patch: tuple[int, int, int]) -> Sample:
        """The image with what is hidden as its last channel, float32 (C + 1, *patch), as image and as target.

        Args:
            shown: case, and the words that crop, flip and hidden patches come from.
            patch: extents of the crop, which the patch to hide divides.
        """
        case = self._cases[shown.case]
        image = crop(case.image, patch, generator(*shown.words, "place") if self._augment else None)
        if self._augment and generator(*shown.words, "flip").random() < 0.5:
            image = np.flip(image, axis=1 + case.axes.index("x"))
        grid = [extent // side for extent, side in zip(patch, self._patch, strict=True)]
        hidden = to_voxels(hidden_patches(grid, self._ratio, generator(*shown.words, "hide")), self._patch)
        sample = torch.from_numpy(np.concatenate([image, hidden[None].astype(np.float32)]))
        return Sample(image=sample, target=sample)


def crop(image: np.ndarray, size: Sequence[int], random: np.random.Generator | None) -> np.ndarray:
    """A box of `size` out of an image (C, *axes): anywhere in it, or its middle; zeros around one that is smaller.

    Args:
        image: any number of channels.
        size: voxels along each axis.
        random: draws the place, each as likely as any other; None takes the middle.
    """
    parts, paddings = [slice(None)], [(0, 0)]
    for extent, wanted in zip(image.shape[1:], size, strict=True):
        room = max(0, extent - wanted)
        start = room // 2 if random is None else int(random.integers(room + 1))
        lacking = max(0, wanted - extent)
        parts.append(slice(start, start + wanted))
        paddings.append((lacking // 2, lacking - lacking // 2))
    return np.pad(image[tuple(parts)], paddings)
