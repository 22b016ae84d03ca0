"""Small exams whose grids are hard - oblique, anisotropic, flipped, sagittal - as images and as nodes."""

from __future__ import annotations

from typing import Any

import numpy as np
import SimpleITK as sitk

from QualityFinetuneLib.cases.grid import Geometry


def rotation(axis: int, degrees: float) -> np.ndarray:
    angle, matrix = np.radians(degrees), np.eye(3)
    first, second = [other for other in range(3) if other != axis]
    matrix[[first, first, second, second], [first, second, first, second]] = (
        np.cos(angle),
        -np.sin(angle),
        np.sin(angle),
        np.cos(angle),
    )
    return matrix


OBLIQUE = rotation(0, 18.4) @ rotation(2, 3.3)
GRIDS = {
    "plain": Geometry(
        size=(24, 20, 9), spacing_mm=(1.0, 1.0, 1.0), origin_mm=(0, 0, 0), direction=(*np.eye(3).ravel(),)
    ),
    "anisotropic": Geometry(
        size=(24, 20, 9),
        spacing_mm=(0.4123, 0.5, 3.0000009536743164),
        origin_mm=(-61.37, 12.01, -99.125),
        direction=(*np.eye(3).ravel(),),
    ),
    "oblique": Geometry(
        size=(24, 20, 9), spacing_mm=(0.5, 0.5, 3.6), origin_mm=(-7.1, 33.3, 5.02), direction=(*OBLIQUE.ravel(),)
    ),
    "flipped": Geometry(
        size=(24, 20, 9),
        spacing_mm=(0.5, 0.6, 3.0),
        origin_mm=(40.0, -20.0, 70.0),
        direction=(*(np.diag([-1.0, 1.0, -1.0]) @ OBLIQUE).ravel(),),
    ),
    "sagittal": Geometry(
        size=(24, 20, 9),
        spacing_mm=(0.7, 0.7, 4.0),
        origin_mm=(12.5, -30.0, 22.0),
        direction=(0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0),
    ),
}


def image_on(geometry: Geometry, voxels: np.ndarray) -> sitk.Image:
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing([float(value) for value in geometry.spacing_mm])
    image.SetOrigin([float(value) for value in geometry.origin_mm])
    image.SetDirection([float(value) for value in geometry.direction])
    return image


def gland_on(geometry: Geometry) -> np.ndarray:
    """A lopsided gland with two zones, as voxels (k, j, i): 1 around 2; no symmetry hides a flipped axis."""
    k, j, i = np.indices(tuple(reversed(geometry.size)))
    voxels = np.zeros(k.shape, np.uint8)
    voxels[((i - 11) / 7) ** 2 + ((j - 9) / 6) ** 2 + ((k - 4) / 3.2) ** 2 <= 1] = 1
    voxels[((i - 13) / 3) ** 2 + ((j - 8) / 3) ** 2 + ((k - 5) / 2) ** 2 <= 1] = 2
    return voxels


def mr_on(geometry: Geometry) -> np.ndarray:
    """A volume that is brighter where the gland is, as int16."""
    noise = np.random.default_rng(1).integers(80, 120, tuple(reversed(geometry.size)))
    return (noise + 300 * (gland_on(geometry) > 0)).astype(np.int16)


def volume_node(scene: Any, geometry: Geometry, *, voxels: np.ndarray | None = None, name: str = "T2w") -> Any:
    from QualityFinetuneLib.scene.geometry import put_image

    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    put_image(image_on(geometry, mr_on(geometry) if voxels is None else voxels), node)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetAutoWindowLevel(False)
    node.GetDisplayNode().SetWindowLevelMinMax(0, 1000)
    return node


def segmentation_node(scene: Any, task: Any, geometry: Geometry, voxels: np.ndarray | None) -> Any:
    from QualityFinetuneLib.scene.label_maps import fill

    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Zones")
    node.CreateDefaultDisplayNodes()
    fill(node.GetSegmentation(), task, None if voxels is None else image_on(geometry, voxels))
    return node
