"""The phantom as measures see it, and the real pair of a good and a moved T2W."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from fixtures.measure_phantom import NOISE, SPACING_MM, Change, Truth, anatomy, image_of, rician
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

Image = Callable[..., sitk.Image]
Series = Callable[..., MeasuredSeries]


@pytest.fixture(scope="session")
def truth() -> tuple[np.ndarray, np.ndarray]:
    return anatomy()


@pytest.fixture(scope="session")
def gland(truth: Truth) -> sitk.Image:
    mask = sitk.GetImageFromArray(truth[1].astype(np.uint8))
    mask.SetSpacing(SPACING_MM)
    return mask


@pytest.fixture(scope="session")
def phantom(truth: Truth) -> Image:
    """The phantom as scanned: `change` works on the noise-free grey levels, `noise` is Rician."""

    def scan(change: Change | None = None, *, noise: float = NOISE) -> sitk.Image:
        values = truth[0] if change is None else change(truth[0])
        return image_of(rician(values, noise))

    return scan


@pytest.fixture(scope="session")
def series(phantom: Image, gland: sitk.Image) -> Series:
    """The phantom, or an image, as measures see it."""

    def prepare(image: sitk.Image | None = None, *, role: Role = Role.T2W, **more: object) -> MeasuredSeries:
        given = {"gland_image": gland, **more}
        return MeasuredSeries(image=phantom() if image is None else image, role=role, **given)

    return prepare


@pytest.fixture(scope="session")
def real_pair(prostate_mini: Path) -> dict[str, sitk.Image]:
    """T2W of ProstateX-0001 repeated because the patient moved: `moved`, then `good`; and the gland."""
    folder = prostate_mini / "cases" / "ProstateX-0001"
    names = {"good": "t2w", "moved": "t2w_repeat_motion", "gland": "gland_taps"}
    return {key: sitk.ReadImage(str(folder / f"{name}.nii.gz")) for key, name in names.items()}
