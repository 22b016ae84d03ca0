"""Light augmentation: left-right flip, small turn, scale and shift in the axial plane, contrast and brightness."""

from __future__ import annotations

import numpy as np
import torch
from monai.transforms.compose import Compose
from monai.transforms.intensity.dictionary import RandScaleIntensityd, RandShiftIntensityd
from monai.transforms.spatial.dictionary import RandAffined, RandFlipd

_IMAGE, _LABEL = "image", "label"
_TURN_RAD = float(np.deg2rad(10))
_SCALE = 0.1
_SHIFT_VOXELS = 8


def augmentation(axes: str, *, mirror: bool = True, resize: bool = True) -> Compose:
    """The transform of patches whose spatial axes are in the order `axes` (`xyz` or `zyx`).

    Only the axial plane is turned, scaled and shifted: slices are thick, and a voxel is not a cube.

    Args:
        axes: order of the spatial axes.
        mirror: False where left and right mean different things.
        resize: False where what is learned is a size.
    """
    x_axis, z_axis = axes.index("x"), axes.index("z")
    in_plane = [axis != z_axis for axis in range(3)]
    return Compose(
        [
            RandFlipd(
                keys=(_IMAGE, _LABEL), prob=0.5 if mirror else 0.0, spatial_axis=x_axis, allow_missing_keys=True
            ),
            RandAffined(
                keys=(_IMAGE, _LABEL),
                prob=0.5,
                rotate_range=[0.0 if plane else _TURN_RAD for plane in in_plane],
                scale_range=[_SCALE if plane and resize else 0.0 for plane in in_plane],
                translate_range=[_SHIFT_VOXELS if plane else 0 for plane in in_plane],
                mode=("bilinear", "nearest"),
                padding_mode="zeros",
                cache_grid=False,
                allow_missing_keys=True,
            ),
            RandScaleIntensityd(keys=_IMAGE, factors=0.1, prob=0.5),
            RandShiftIntensityd(keys=_IMAGE, offsets=0.1, prob=0.5),
        ]
    )


def augmented(
    transform: Compose, image: np.ndarray, label: np.ndarray | None, *, seed: int
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """A patch as the network is to see it; the same `seed` gives the same result.

    Args:
        transform: from `augmentation`.
        image: float32 (C, *axes).
        label: uint8 (*axes), or None for an image without a mask.
        seed: any number.

    Returns:
        float32 (C, *axes), and int64 (1, *axes) or None.
    """
    transform.set_random_state(seed=seed % 2**32)
    given = {_IMAGE: torch.from_numpy(image)}
    if label is not None:
        given[_LABEL] = torch.from_numpy(label)[None].float()
    changed = transform(given)
    return _plain(changed[_IMAGE]).float(), None if label is None else _plain(changed[_LABEL]).round().long()


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.as_tensor() if hasattr(tensor, "as_tensor") else tensor
