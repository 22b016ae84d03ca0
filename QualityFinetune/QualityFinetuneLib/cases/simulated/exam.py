"""One simulated exam as files: T2w, ADC, high b, and the masks that its anatomy knows exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ...common.files import write_with
from ...common.yaml_config import save_yaml
from ..roles import Role
from . import scanner
from .anatomy import Anatomy, draw_anatomy
from .contrasts import SIMULATED_B_VALUE, ideal
from .recipe import RECIPE_FILE, SimulatedRecipe
from .shapes import Points

Size = tuple[int, int, int]
Spacing = tuple[float, float, float]
_PLANES = 2
"""Thin planes averaged into one slice: partial volume along the slice axis."""


def write_exam(folder: Path, recipe: SimulatedRecipe, *, size: Size, spacing_mm: Spacing) -> None:
    """Simulate the exam of `recipe` into `folder`; the same recipe and grid give the same voxels.

    Args:
        folder: receives t2w, adc, hbv, gland, zones and lesion (`.nrrd`) and the recipe itself.
        recipe: what to simulate.
        size: voxels (x, y, z) of the T2w volume at the nominal slice thickness.
        spacing_mm: T2w spacing (x, y, z); the recipe may thicken the slices, the field of view stays.
    """
    rng = np.random.default_rng(recipe.seed)
    anatomy = draw_anatomy(rng)
    direction = _direction(rng)
    middle = tuple(float(v) for v in rng.normal(0.0, 3.0, 3))  # the gland is rarely centred in the field of view
    thickness = recipe.t2w_slice_thickness_mm
    t2w_size = (size[0], size[1], round(size[2] * spacing_mm[2] / thickness))
    t2w = _grid(t2w_size, (spacing_mm[0], spacing_mm[1], thickness), direction, middle)
    diffusion = _grid(
        (size[0] // 2, size[1] // 2, size[2]),
        (spacing_mm[0] * 2.1, spacing_mm[1] * 2.1, spacing_mm[2]),
        direction,
        (middle[0] + 1.0, middle[1] - 0.5, middle[2] + 0.7),
    )
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "t2w.nrrd", _t2w(anatomy, t2w, recipe, rng), t2w, recipe)
    for role in (Role.ADC, Role.HBV):
        voxels = _diffusion(anatomy, diffusion, role, recipe, np.random.default_rng([recipe.seed, 7]))
        extra = {"b_value": f"{SIMULATED_B_VALUE:g}"} if role is Role.HBV else {}
        _write(folder / f"{role.value}.nrrd", voxels, diffusion, recipe, **extra)
    points = _points(t2w)
    zones = anatomy.zones(points)
    lesion = anatomy.lesion(points)
    for name, mask in (("gland", (zones > 0).astype(np.uint8)), ("zones", zones), ("lesion", lesion)):
        _write(folder / f"{name}.nrrd", mask, t2w, recipe)
    volume_ml = float((zones > 0).sum()) * float(np.prod(t2w.GetSpacing())) / 1000.0
    facts = {"gland_volume_ml": round(volume_ml, 1), "lesions": len(anatomy.lesions)}
    save_yaml(folder / RECIPE_FILE, recipe.model_copy(update=facts))


def _t2w(
    anatomy: Anatomy, grid: sitk.Image, recipe: SimulatedRecipe, rng: np.random.Generator
) -> NDArray[np.float32]:
    volume = scanner.through_plane(ideal(anatomy, _points(grid, planes=_PLANES), Role.T2W, rng), samples=_PLANES)
    volume = scanner.with_bias(volume, rng, strength=0.12)
    volume = scanner.with_motion(volume, rng, shift_px=recipe.t2w_motion_mm / grid.GetSpacing()[1])
    volume = scanner.with_resolution(volume, share=recipe.t2w_resolution_share)
    return scanner.with_noise(volume, rng, snr=recipe.t2w_snr)


def _diffusion(
    anatomy: Anatomy, grid: sitk.Image, role: Role, recipe: SimulatedRecipe, rng: np.random.Generator
) -> NDArray[np.float32]:
    points = _points(grid, planes=_PLANES)
    # Gas in the rectum bends the field: echo-planar images are displaced along the phase direction around it.
    reach = ((points.x - 1.5) ** 2 + (points.y - anatomy.rectum_front_mm - 4.0) ** 2) / (2.0 * 14.0**2)
    amount = recipe.diffusion_distortion_mm * (0.25 + anatomy.gas_level)
    warped = points.moved((amount * np.exp(-reach)).astype(np.float32))
    volume = scanner.through_plane(ideal(anatomy, warped, role, rng), samples=_PLANES)
    return scanner.with_noise(volume, rng, snr=recipe.diffusion_snr)


def _direction(rng: np.random.Generator) -> NDArray[np.float64]:
    """Axial slices tilted towards the long axis of the gland and turned a little, as they are planned."""
    tilt = np.deg2rad(rng.uniform(4.0, 12.0) * rng.choice([-1.0, 1.0]))
    turn = np.deg2rad(rng.uniform(-4.0, 4.0))
    about_x = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    return about_z @ about_x


def _grid(
    size: Size, spacing_mm: Spacing, direction: NDArray[np.float64], middle_mm: tuple[float, ...]
) -> sitk.Image:
    grid = sitk.Image(size, sitk.sitkUInt8)
    grid.SetSpacing(spacing_mm)
    grid.SetDirection(direction.ravel().tolist())
    half = direction @ ((np.array(size) - 1) / 2.0 * np.array(spacing_mm))
    grid.SetOrigin((np.array(middle_mm) - half).tolist())
    return grid


def _points(grid: sitk.Image, *, planes: int = 1) -> Points:
    """Centres of the voxels in patient mm, shape (z, y, x); with `planes` > 1 each slice is split into that many."""
    nx, ny, nz = grid.GetSize()
    along_z = (np.arange(nz * planes) + 0.5) / planes - 0.5
    step = np.array(grid.GetDirection()).reshape(3, 3) * np.array(grid.GetSpacing())
    origin = np.array(grid.GetOrigin())
    k, j, i = along_z[:, None, None], np.arange(ny)[None, :, None], np.arange(nx)[None, None, :]
    x, y, z = ((origin[a] + step[a, 0] * i + step[a, 1] * j + step[a, 2] * k).astype(np.float32) for a in range(3))
    return Points(x, y, z)


def _write(path: Path, voxels: NDArray[np.generic], grid: sitk.Image, recipe: SimulatedRecipe, **extra: str) -> None:
    if voxels.dtype != np.uint8:
        voxels = np.clip(np.rint(voxels), 0, 32767).astype(np.int16)
    image = sitk.GetImageFromArray(voxels)
    image.CopyInformation(grid)
    image.SetMetaData("content", f"simulated {path.stem}, severity {recipe.severity:g}, seed {recipe.seed}")
    image.SetMetaData("simulated", "true")
    for key, value in extra.items():
        image.SetMetaData(key, value)
    write_with(path, lambda target: sitk.WriteImage(image, str(target), useCompression=True))
