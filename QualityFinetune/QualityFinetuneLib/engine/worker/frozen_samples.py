"""Samples for a frozen encoder: its features instead of pictures, and only a window of them decoded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import psutil
import torch
from torch import Tensor

from ...models.meta import ModelMeta
from ...models.networks.split import SplitNetwork
from ...models.networks.windows import CELL, Window
from ..protocol.jobs import TrainOptions
from .feature_cache import FeatureCache
from .loading import Samples
from .patches import Shown, place
from .sample import Sample
from .seeding import generator

_REMEMBERED_BYTES = 2 * 1024**3
_REMEMBERED_SHARE = 0.25
"""Of the memory that is free when the training starts."""


@dataclass(frozen=True)
class _View:
    """A picture that comes again and again: what is taught with it, and its features as they are kept, in bf16."""

    target: Tensor
    features: Sequence[Tensor]

    @property
    def bytes(self) -> int:
        return sum(one.numel() * one.element_size() for one in (self.target, *self.features))


class FrozenSamples:
    """Adds to each sample those features that are known, read while the network computes, and chooses its window.

    A view that has been shown is remembered, so neither its picture has to be made again nor its features to be read.

    Args:
        samples: cuts and augments.
        features: of the frozen encoder.
        window: voxels taught in a step, in the network's order of axes; None for all of them.
    """

    def __init__(self, samples: Samples, features: FeatureCache, *, window: tuple[int, int, int] | None) -> None:
        self._samples, self._features, self._window = samples, features, window
        self._views: dict[tuple[object, ...], _View] = {}
        self._room = min(_REMEMBERED_BYTES, int(_REMEMBERED_SHARE * psutil.virtual_memory().available))

    def get(self, shown: Shown, patch: tuple[int, int, int]) -> Sample:
        """See `Samples.get`; with a window, the target is the window's."""
        view = self._views.get((shown.case, shown.words, patch))
        if view is not None:
            return self._taught(shown, Sample(image=None, target=view.target, features=view.features))
        sample = self._samples.get(shown, patch)
        assert sample.image is not None, "pictures are what is cut"
        target, known = _small(sample.target), self._features.known(sample.image)

        def remember(features: Sequence[Tensor]) -> None:
            kept = [level.to("cpu", torch.bfloat16) for level in features]  # as the cache has rounded them
            self._remember((shown.case, shown.words, patch), _View(target, kept))

        if known is not None:
            remember(known)
        return self._taught(shown, replace(sample, features=known, found=remember if known is None else None))

    def _remember(self, key: tuple[object, ...], view: _View) -> None:
        if key not in self._views and view.bytes <= self._room:
            self._room -= view.bytes
            self._views[key] = view

    def _taught(self, shown: Shown, sample: Sample) -> Sample:
        target, window = sample.target, None
        if self._window is not None:
            window = window_on(target[0].numpy(), self._window, generator(*shown.step, "window"))
            target = window.of(target)
        return replace(sample, target=_wide(target), window=window)


def window_for(
    model: SplitNetwork, meta: ModelMeta, options: TrainOptions, *, segments: bool
) -> tuple[int, int, int] | None:
    """Voxels taught in a step, in the network's order of axes; None where everything is.

    Args:
        model: says whether it can decode windows.
        meta: grid and patch.
        options: of the finetune, whose encoder is frozen.
        segments: whether the target has voxels.
    """
    side_mm, spacing = options.window_mm, meta.spacing_mm
    if side_mm is None or spacing is None or not (segments and meta.whole_volume and model.decodes_windows):
        return None
    extents, spacing = (meta.patch, spacing) if meta.axes == "xyz" else (meta.patch[::-1], spacing[::-1])
    through_plane = meta.axes.index("z")
    sides = [
        extent if axis == through_plane else min(extent, CELL * math.ceil(side_mm / mm / CELL))
        for axis, (extent, mm) in enumerate(zip(extents, spacing, strict=True))
    ]
    return None if sides == list(extents) else (sides[0], sides[1], sides[2])


def window_on(label: np.ndarray, size: Sequence[int], random: np.random.Generator) -> Window:
    """A window of `size`, mostly around a labelled voxel, as patches are placed.

    Args:
        label: of the whole picture, zero where nothing is labelled.
        size: multiples of `CELL`, as the label's extents are.
        random: draws the place.
    """
    centre = place(label, random)
    start = [
        min(max(0, CELL * math.floor((middle - side / 2) / CELL + 0.5)), extent - side)
        for middle, side, extent in zip(centre, size, label.shape, strict=True)
    ]
    return Window((start[0], start[1], start[2]), (size[0], size[1], size[2]))


def _small(target: Tensor) -> Tensor:
    """Labels are few, and kept in a byte each; anything else as it is."""
    return target.to(torch.uint8) if target.dtype is torch.int64 and target.ndim > 1 else target


def _wide(target: Tensor) -> Tensor:
    return target.long() if target.dtype is torch.uint8 else target
