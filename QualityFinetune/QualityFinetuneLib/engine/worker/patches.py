"""What the network is shown: patches of the training cases, chosen by name instead of by order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .augment import augmentation, augmented
from .preparing import Prepared
from .sample import Sample
from .sampling import weighted_order
from .seeding import generator, number

_ON_LABEL = 2 / 3
"""Share of patches centred on a labelled voxel; the rest lies anywhere."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One patch to be shown.

    Attributes:
        case: which one.
        words: what the randomness of the patch comes from; the same words show the same.
        step: what randomness comes from that is another one each time, though the patch may be the same.
    """

    case: int
    words: tuple[int | str, ...]
    step: tuple[int | str, ...] = ()


class Patches:
    """Cuts and augments patches.

    Args:
        cases: all on the same network's grid.
        target: makes the target of a case and of its mask as shown; see `Objective.target`.
        augment: False shows each case unchanged; sliding-window patches then lie on the middle of the label.
        whole_volume: True where a case is shown whole.
        mirror: see `augment.augmentation`.
        resize: see `augment.augmentation`.
    """

    def __init__(
        self,
        cases: Sequence[Prepared],
        *,
        target: Callable[[Prepared, torch.Tensor | None], torch.Tensor],
        augment: bool,
        whole_volume: bool,
        mirror: bool = True,
        resize: bool = True,
    ) -> None:
        self._cases = cases
        self._target = target
        self._whole = whole_volume
        self._busy = threading.Lock()
        self._transform = augmentation(cases[0].axes, mirror=mirror, resize=resize) if augment else None

    def get(self, shown: Shown, patch: tuple[int, int, int]) -> Sample:
        """Image and target; `patch` in the network's order of axes."""
        case = self._cases[shown.case]
        image, label = self._shown(case, shown.words, patch)
        return Sample(image=image, target=self._target(case, label))

    def _shown(
        self, case: Prepared, words: tuple[int | str, ...], patch: tuple[int, int, int]
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        label: np.ndarray | None
        if self._whole:
            # A memory-mapped image is read-only, which torch does not take.
            image, label = case.image if case.image.flags.writeable else np.array(case.image), case.label
        else:
            # A Compose must not be asked whether it is true: it counts its parts by making a Compose of them, which
            # gives all of them another random state, though another thread may be using them.
            centre = _centre(case, generator(*words, "place") if self._transform is not None else None)
            image = _cut(case.image, centre, patch)
            label = None if case.label is None else _cut(case.label[None], centre, patch)[0]
        if self._transform is None:
            return torch.from_numpy(image), None if label is None else torch.from_numpy(label)[None].long()
        # The transform holds its own random state, and a loader may be cutting at the same time.
        with self._busy:
            return augmented(self._transform, image, label, seed=number(*words, "augment"))


def epoch_plan(
    cases: int,
    *,
    batch_size: int,
    steps: int,
    seed: int,
    epoch: int,
    views: int | None,
    weights: Sequence[float] | None = None,
) -> list[list[Shown]]:
    """Which cases each step of an epoch shows.

    Cases come in a fresh random order, again and again until the steps are full, so that none is shown twice before
    each was shown once; with `weights` (see `sampling`) some come more often. With `views`, a case looks the same
    every so many times, which is what makes its encoder features worth keeping; without, every patch is new.
    """
    count = steps * batch_size
    if weights is not None:
        turns = weighted_order(weights, start=epoch * count, count=count, seed=seed)
    else:
        turns = [
            (int(case), epoch + turn)
            for turn in range(-(-count // cases))
            for case in generator(seed, "order", epoch, turn).permutation(cases)
        ]
    order = [
        Shown(
            case=case,
            words=(seed, "patch", epoch, turned) if views is None else (seed, "view", case, turn % views),
            step=(seed, "step", epoch, turned),
        )
        for turned, (case, turn) in enumerate(turns[:count])
    ]
    return [order[step * batch_size : (step + 1) * batch_size] for step in range(steps)]


def place(label: np.ndarray, random: np.random.Generator) -> tuple[int, ...]:
    """A voxel to show what is around: labelled in two thirds of all draws, else any."""
    inside = np.flatnonzero(label)
    if inside.size and random.random() < _ON_LABEL:
        return tuple(int(index) for index in np.unravel_index(inside[random.integers(inside.size)], label.shape))
    return tuple(int(random.integers(extent)) for extent in label.shape)


def _centre(case: Prepared, random: np.random.Generator | None) -> tuple[int, ...]:
    shape = case.image.shape[1:]
    if random is not None:
        return place(case.label if case.label is not None else np.zeros(shape, dtype=bool), random)
    inside = np.flatnonzero(case.label) if case.label is not None else np.empty(0, dtype=np.int64)
    if not inside.size:
        return tuple(extent // 2 for extent in shape)
    return tuple(round(float(axis.mean())) for axis in np.unravel_index(inside, shape))


def _cut(array: np.ndarray, centre: Sequence[int], size: Sequence[int]) -> np.ndarray:
    """A box of `size` around `centre`, moved inside the array; zeros where the array is smaller than the box."""
    parts, paddings = [], [(0, 0)]
    for middle, wanted, extent in zip(centre, size, array.shape[1:], strict=True):
        start = min(max(middle - wanted // 2, 0), max(extent - wanted, 0))
        stop = min(start + wanted, extent)
        before = (wanted - (stop - start)) // 2
        parts.append(slice(start, stop))
        paddings.append((before, wanted - (stop - start) - before))
    return np.ascontiguousarray(np.pad(array[(slice(None), *parts)], paddings))
