"""Small phantoms of a pelvis for the tests of degradations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.degradations.landmarks import landmarks_of
from QualityFinetuneLib.quality.degradations.phase_encoding import ASSUMED
from QualityFinetuneLib.quality.degradations.volume import Volume, volume_of

SIZE = (64, 56, 8)
SPACING_MM = (1.5, 1.5, 4.0)

MakeVolume = Callable[..., Volume]


def rotation(*degrees: float) -> np.ndarray:
    """3x3 rotation about x, then y, then z."""
    transform = sitk.Euler3DTransform()
    transform.SetRotation(*np.deg2rad(degrees))
    return np.reshape(transform.GetMatrix(), (3, 3))


def pelvis(points_mm: np.ndarray) -> np.ndarray:
    """Signal at physical positions (..., 3): a body, a gland and a dark rectum behind it, with texture in mm."""
    x, y, z = np.moveaxis(points_mm, -1, 0)
    body = (x / 40.0) ** 2 + (y / 34.0) ** 2 < 1.0
    gland = (x / 14.0) ** 2 + (y / 10.0) ** 2 + (z / 14.0) ** 2 < 1.0
    rectum = (x / 8.0) ** 2 + ((y - 19.0) / 7.0) ** 2 < 1.0
    texture = 60.0 * np.sin(x / 2.1) * np.cos(y / 1.7) * np.cos(z / 5.0)
    signal = np.where(body, 400.0 + texture, 0.0)
    signal = np.where(gland, 800.0 + 2.0 * texture, signal)
    return np.where(rectum, 40.0, signal)


def grid(
    size: tuple[int, int, int] = SIZE,
    spacing_mm: tuple[float, float, float] = SPACING_MM,
    direction: np.ndarray | None = None,
) -> sitk.Image:
    """An empty image whose middle is the origin of the patient's space."""
    direction = np.eye(3) if direction is None else direction
    image = sitk.Image(size, sitk.sitkInt16)
    image.SetSpacing(spacing_mm)
    image.SetDirection(np.ravel(direction).tolist())
    image.SetOrigin((-direction @ ((np.array(size) - 1) / 2.0 * np.array(spacing_mm))).tolist())
    return image


def painted(like: sitk.Image, values: Callable[[np.ndarray], np.ndarray] = pelvis) -> sitk.Image:
    """An int16 image with the geometry of `like` that shows `values` of physical positions."""
    index = np.moveaxis(np.indices(like.GetSize()), 0, -1)
    matrix = np.reshape(like.GetDirection(), (3, 3)) * np.array(like.GetSpacing())
    points = index @ matrix.T + np.array(like.GetOrigin())
    image = sitk.GetImageFromArray(np.rint(values(points)).astype(np.int16).transpose(2, 1, 0))
    image.CopyInformation(like)
    return image


@pytest.fixture(scope="session")
def t2w() -> sitk.Image:
    return painted(grid())


@pytest.fixture(scope="session")
def gland(t2w: sitk.Image) -> sitk.Image:
    return sitk.Cast(
        painted(t2w, lambda p: (p[..., 0] / 14) ** 2 + (p[..., 1] / 10) ** 2 + (p[..., 2] / 14) ** 2 < 1.0),
        sitk.sitkUInt8,
    )


@pytest.fixture(scope="session")
def diffusion() -> dict[float, sitk.Image]:
    """b 50, 400 and 800 of a pelvis with a known ADC."""
    like = grid((40, 44, 8), (2.0, 2.0, 4.0))
    return {b: painted(like, lambda p, b=b: diffusion_signal(p, b)) for b in (50.0, 400.0, 800.0)}


@pytest.fixture(scope="session")
def adc(diffusion: dict[float, sitk.Image]) -> sitk.Image:
    """ADC of the same in 1e-6 mm2/s, 0 outside the body as scanners have it."""
    return painted(diffusion[50.0], lambda p: np.where(diffusion_signal(p, 0.0) > 100, true_adc(p) * 1e6, 0.0))


def true_adc(points_mm: np.ndarray) -> np.ndarray:
    """mm2/s."""
    x, y, z = np.moveaxis(points_mm, -1, 0)
    gland = (x / 14.0) ** 2 + (y / 10.0) ** 2 + (z / 14.0) ** 2 < 1.0
    return np.where(gland, 1.5e-3, 1.0e-3) + 1e-4 * np.sin(x / 3.0)


def diffusion_signal(points_mm: np.ndarray, b_value: float) -> np.ndarray:
    return 4.0 * pelvis(points_mm) * np.exp(-b_value * true_adc(points_mm))


@pytest.fixture(scope="session")
def volume(t2w: sitk.Image, gland: sitk.Image) -> Volume:
    """The phantom in its frame: 8 slices of 56 lines and 64 samples."""
    return volume_of(t2w, landmarks=landmarks_of(t2w, gland), encoding=ASSUMED)


@pytest.fixture(scope="session")
def make_volume() -> MakeVolume:
    """A volume of given voxels (slice, phase, frequency), 4 mm slices and 1 mm pixels unless told."""

    def make(
        voxels: np.ndarray,
        spacing_mm: tuple[float, float, float] = (4.0, 1.0, 1.0),
        **options: object,
    ) -> Volume:
        image = sitk.GetImageFromArray(np.asarray(voxels, dtype=float))
        image.SetSpacing(spacing_mm[::-1])
        size = np.array(image.GetSize())
        image.SetOrigin((-(size - 1) / 2.0 * np.array(spacing_mm[::-1])).tolist())
        return volume_of(image, landmarks=landmarks_of(image, None), encoding=ASSUMED, role=Role.T2W, **options)

    return make


@pytest.fixture(scope="session")
def blobs() -> np.ndarray:
    """Positive random texture without edges, (6, 48, 40)."""
    noise = np.random.default_rng(5).standard_normal((6, 48, 40))
    smooth = ndimage.gaussian_filter(noise, (0.5, 2.0, 2.0))
    return 100.0 + 20.0 * smooth / smooth.std()


@pytest.fixture(scope="session")
def oriented() -> Callable[..., sitk.Image]:
    """The pelvis on a grid turned by degrees about x, y, z, flipped and cropped as asked."""

    def make(
        degrees: tuple[float, float, float] = (0.0, 0.0, 0.0),
        flips: tuple[bool, bool, bool] = (False, False, False),
        crop: int = 0,
        size: tuple[int, int, int] = SIZE,
        spacing_mm: tuple[float, float, float] = SPACING_MM,
    ) -> sitk.Image:
        image = painted(grid(size, spacing_mm, rotation(*degrees)))
        image = sitk.Flip(image, flips)
        return image[crop:, crop:, :] if crop else image

    return make
