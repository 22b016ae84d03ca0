"""Where the gland lies."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from harness.exams import gland_on, image_on, segmentation_node, volume_node
from QualityFinetuneLib.scene.extents import extent_of_segmentation, extent_of_volume


def test_the_centroid_is_simpleitks(scene, zones, grid):
    node = segmentation_node(scene, zones, grid, gland_on(grid))
    shape = sitk.LabelShapeStatisticsImageFilter()
    shape.Execute(image_on(grid, (gland_on(grid) > 0).astype(np.uint8)))
    left, back, head = shape.GetCentroid(1)
    extent = extent_of_segmentation(node)
    assert extent is not None
    assert extent.centre == pytest.approx((-left, -back, head), abs=1e-6)


def test_the_length_along_an_axis_is_that_of_the_box(scene, zones, grid):
    voxels = np.zeros((9, 20, 24), np.uint8)
    voxels[2:6, 3:11, 4:20] = 1
    extent = extent_of_segmentation(segmentation_node(scene, zones, grid, voxels))
    assert extent is not None
    axes = np.reshape(grid.direction, (3, 3)).T @ np.diag([-1.0, -1.0, 1.0])
    lengths = [extent.length_along(axis) for axis in axes]
    assert lengths == pytest.approx(np.multiply((16, 8, 4), grid.spacing_mm))


def test_nothing_drawn_has_no_extent(scene, zones, oblique):
    assert extent_of_segmentation(segmentation_node(scene, zones, oblique, None)) is None
    assert extent_of_segmentation(None) is None


def test_a_volume_reaches_to_its_voxels_edges(scene, grid):
    extent = extent_of_volume(volume_node(scene, grid))
    middle = image_on(grid, gland_on(grid)).TransformContinuousIndexToPhysicalPoint((11.5, 9.5, 4.0))
    assert extent.centre == pytest.approx((-middle[0], -middle[1], middle[2]))
    assert extent.length_along(np.array(grid.direction[2::3]) * (-1, -1, 1)) == pytest.approx(9 * grid.spacing_mm[2])
