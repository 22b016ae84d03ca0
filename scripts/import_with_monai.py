"""An exam read, brought to one grid and normalised with MONAI's transforms; and where MONAI put the voxels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from QualityFinetuneLib.cases.found import FoundSeries
from QualityFinetuneLib.cases.roles import Role


@dataclass(frozen=True, kw_only=True)
class WithMonai:
    """What MONAI's transforms gave.

    Attributes:
        image: channels (C, D, H, W).
        affine: 4 x 4, from MONAI's voxel indices (x, y, z) to mm; its x runs to the right and its y to the front.
    """

    image: np.ndarray
    affine: np.ndarray

    @property
    def grid(self) -> sitk.Image:
        """An empty image that states where the voxels lie, in DICOM's axes: x to the left, y to the back."""
        affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ self.affine
        spacing_mm = np.linalg.norm(affine[:3, :3], axis=0)
        grid = sitk.Image([int(n) for n in self.image.shape[:0:-1]], sitk.sitkUInt8)
        grid.SetSpacing(spacing_mm.tolist())
        grid.SetDirection((affine[:3, :3] / spacing_mm).ravel().tolist())
        grid.SetOrigin(affine[:3, 3].tolist())
        return grid


def monai_pipeline(
    series: Mapping[Role, FoundSeries], *, size: tuple[int, int, int], spacing_mm: tuple[float, float, float]
) -> Callable[[], WithMonai]:
    """MONAI's transforms for these series, ready to run again and again; channels in the order of `series`."""
    from monai.transforms.compose import Compose
    from monai.transforms.croppad.dictionary import ResizeWithPadOrCropd
    from monai.transforms.intensity.dictionary import NormalizeIntensityd
    from monai.transforms.io.dictionary import LoadImaged
    from monai.transforms.spatial.dictionary import Orientationd, ResampleToMatchd, Spacingd
    from monai.transforms.utility.dictionary import ConcatItemsd, EnsureChannelFirstd

    keys = [role.value for role in series]
    others = [key for key in keys if key != Role.T2W.value]
    transform = Compose(
        [
            LoadImaged(keys, reader="PydicomReader"),
            EnsureChannelFirstd(keys),
            Orientationd(keys, axcodes="LPS", labels=(("L", "R"), ("P", "A"), ("I", "S"))),
            Spacingd(Role.T2W.value, pixdim=spacing_mm, mode="bilinear"),
            ResampleToMatchd(others, key_dst=Role.T2W.value, mode="bilinear", padding_mode="zeros"),
            NormalizeIntensityd(keys, nonzero=True, channel_wise=True),
            ResizeWithPadOrCropd(keys, spatial_size=size),
            ConcatItemsd(keys, name="image"),
        ]
    )
    # Told one by one, the files of a series would become channels.
    files = {role.value: str(one.paths[0].parent) for role, one in series.items()}

    def work() -> WithMonai:
        image = transform(dict(files))["image"]
        return WithMonai(image=np.ascontiguousarray(image.numpy().transpose(0, 3, 2, 1)), affine=image.affine.numpy())

    return work
