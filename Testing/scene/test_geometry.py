"""Voxels keep their place between SimpleITK and MRML, bit by bit."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from harness.exams import GRIDS, gland_on, image_on, mr_on, volume_node
from QualityFinetuneLib.cases.grid import Geometry, geometry_of
from QualityFinetuneLib.scene import geometry as own

pytestmark = pytest.mark.usefixtures("scene")


def test_a_volume_node_keeps_the_geometry_bit_by_bit(scene, grid):
    node = volume_node(scene, grid)
    assert own.geometry_of_node(node) == geometry_of(image_on(grid, mr_on(grid)))


def test_voxels_lie_where_simpleitk_says(scene, grid):
    import vtk

    node, image = volume_node(scene, grid), image_on(grid, mr_on(grid))
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    for index in [(0, 0, 0), (23, 0, 0), (0, 19, 0), (0, 0, 8), (5, 6, 7)]:
        left, back, head = image.TransformIndexToPhysicalPoint(index)
        assert matrix.MultiplyPoint((*index, 1))[:3] == pytest.approx((-left, -back, head), abs=1e-9)
        value = node.GetImageData().GetScalarComponentAsDouble(*index, 0)
        assert value == image[index]


def test_the_node_owns_its_voxels(scene, oblique):
    voxels = mr_on(oblique)
    node = volume_node(scene, oblique, voxels=voxels)
    before = own.voxels_of(node.GetImageData()).copy()
    voxels[:] = 0
    assert np.array_equal(own.voxels_of(node.GetImageData()), before)


def test_an_oriented_image_keeps_geometry_and_voxels(grid):
    voxels = gland_on(grid)
    image = own.oriented_image(voxels, geometry_of(image_on(grid, voxels)))
    assert own.geometry_of_oriented(image) == geometry_of(image_on(grid, voxels))
    assert np.array_equal(own.voxels_of(image), voxels)


def test_an_extent_that_starts_elsewhere_moves_the_first_voxel(grid):
    voxels = gland_on(grid)
    whole = image_on(grid, voxels)
    part = sitk.RegionOfInterest(whole, (7, 6, 3), (4, 5, 2))
    image = own.oriented_image(sitk.GetArrayFromImage(part), geometry_of(whole))
    image.SetExtent(4, 10, 5, 10, 2, 4)
    found = own.geometry_of_oriented(image)
    assert found.size == (7, 6, 3)
    assert found.origin_mm == pytest.approx(part.GetOrigin(), abs=1e-9)


@given(
    name=st.sampled_from(sorted(GRIDS)),
    index=st.tuples(*[st.floats(-50, 50) for _ in range(3)]),
)
def test_index_and_position_are_inverse(name, index):
    geometry = GRIDS[name]
    position = own.index_to_ras(geometry, index)
    assert own.ras_to_index(geometry, position) == pytest.approx(index, abs=1e-9)
    expected = image_on(geometry, mr_on(geometry)).TransformContinuousIndexToPhysicalPoint(index)
    assert position == pytest.approx(own.flipped(expected), abs=1e-6)


def test_many_positions_at_once(oblique):
    indices = np.arange(12.0).reshape(2, 2, 3)
    assert own.ras_to_index(oblique, own.index_to_ras(oblique, indices)) == pytest.approx(indices)


def test_flipping_twice_changes_nothing():
    axes = tuple(float(value) for value in range(1, 10))
    assert own.flipped_axes(own.flipped_axes(axes)) == axes
    assert own.flipped(own.flipped((1.0, 2.0, 3.0))) == (1.0, 2.0, 3.0)


def test_an_image_from_voxels_has_the_grid(grid):
    image = own.sitk_image(gland_on(grid), grid)
    assert isinstance(geometry_of(image), Geometry)
    assert image.GetDirection() == grid.direction
