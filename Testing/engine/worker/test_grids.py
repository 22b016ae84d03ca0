"""The network's grid is where MONAI would put it, for every way an exam can lie."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from QualityFinetuneLib.cases.grid import geometry_of
from QualityFinetuneLib.engine.worker.grids import network_grid, spaced_grid
from QualityFinetuneLib.models.meta import ModelMeta
from QualityFinetuneLib.models.registry import card

SPACING_MM = (0.8, 0.8, 3.0)
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])


def rotation(degrees: tuple[float, float, float]) -> np.ndarray:
    x, y, z = np.deg2rad(degrees)
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


ORIENTATIONS = {
    "straight": np.eye(3),
    "oblique": rotation((18.5, -3.0, 2.0)),
    "flipped": np.diag([-1.0, 1.0, -1.0]),
    "sagittal slices": np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
    "oblique and flipped": rotation((10.0, 5.0, -7.0)) @ np.diag([1.0, -1.0, -1.0]),
}


def exam(orientation: str) -> sitk.Image:
    random = np.random.default_rng(0)
    image = sitk.GetImageFromArray(random.normal(size=(9, 23, 31)).astype(np.float32))
    image.SetSpacing((0.53, 0.61, 3.3))
    image.SetOrigin((-40.5, 22.25, 7.0))
    image.SetDirection(ORIENTATIONS[orientation].ravel())
    return image


def affine_ras(image: sitk.Image) -> np.ndarray:
    here = geometry_of(image)
    affine = np.eye(4)
    affine[:3, :3] = LPS_TO_RAS @ np.reshape(here.direction, (3, 3)) * here.spacing_mm
    affine[:3, 3] = LPS_TO_RAS @ np.array(here.origin_mm)
    return affine


def nearest_ras(array: np.ndarray, affine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of all 48 ways to order and flip the axes the one whose axes point most to right, front and head."""
    ways = []
    for order in permutations(range(3)):
        for flips in product((1, -1), repeat=3):
            matrix = np.eye(4)
            matrix[:3, :3] = np.eye(3)[:, order] * flips
            matrix[:3, 3] = [array.shape[1 + axis] - 1 if flips[order.index(axis)] < 0 else 0 for axis in range(3)]
            found = affine @ matrix
            pointing = np.trace(found[:3, :3] / np.linalg.norm(found[:3, :3], axis=0))
            ways.append((pointing, order, flips, found))
    _, order, flips, found = max(ways, key=lambda way: way[0])
    turned = array.transpose(0, *(1 + axis for axis in order))
    return turned[:, :: flips[0], :: flips[1], :: flips[2]], found


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_it_is_monais_orientation_and_spacing(orientation: str) -> None:
    from monai.data import MetaTensor
    from monai.transforms import Spacing

    image = exam(orientation)
    array = sitk.GetArrayFromImage(image).transpose(2, 1, 0)[None]
    turned, affine = nearest_ras(array, affine_ras(image))
    tensor = MetaTensor(torch.from_numpy(turned.copy()), affine=torch.from_numpy(affine))
    expected = Spacing(SPACING_MM, mode="bilinear")(tensor)

    grid = spaced_grid(image, spacing_mm=SPACING_MM, orientation="RAS")
    assert grid.GetSize() == tuple(expected.shape[1:])
    assert np.allclose(affine_ras(grid), expected.affine.numpy(), atol=1e-4)
    ours = sitk.GetArrayFromImage(sitk.Resample(image, grid, sitk.Transform(), sitk.sitkLinear)).transpose(2, 1, 0)
    inner = (slice(1, -1),) * 3
    assert np.abs(ours[inner] - expected[0].numpy()[inner]).max() < 2e-3


def test_without_a_spacing_the_exams_own_is_kept() -> None:
    grid = spaced_grid(exam("oblique and flipped"), spacing_mm=None, orientation="LPS")
    assert sorted(grid.GetSize()) == [9, 23, 31]
    assert (np.diag(np.reshape(grid.GetDirection(), (3, 3))) > 0.9).all()


def test_a_whole_volume_network_sees_a_centred_crop() -> None:
    profound = card("profound_conv")
    meta = ModelMeta.from_card(profound, name="p", task="zones", labels=(), outputs=3, mode="full")
    t2w = exam("oblique")
    grid = network_grid(t2w, meta)
    assert grid.GetSize() == (224, 224, 64) and grid.GetSpacing() == (0.5, 0.5, 1.0)
    assert np.allclose(geometry_of(grid).centre_mm, geometry_of(t2w).centre_mm)
