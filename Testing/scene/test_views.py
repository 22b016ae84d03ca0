"""Slice views along the exam's planes, centred on the gland, close to it."""

from __future__ import annotations

import numpy as np
import pytest

from harness.exams import GRIDS, gland_on, segmentation_node, volume_node
from QualityFinetuneLib.scene import views
from QualityFinetuneLib.scene.geometry import ras_to_index

AXIAL = ("plain", "anisotropic", "oblique", "flipped")


def _slice_to_ras(node) -> np.ndarray:
    matrix = node.GetSliceToRAS()
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def _composite(node):
    import slicer

    return slicer.vtkMRMLSliceLogic.GetSliceCompositeNode(node)


def test_views_lie_in_the_planes_of_the_volume(scene, slice_views, grid):
    views.center_on(scene, volume_node(scene, grid))
    axes = np.reshape(grid.direction, (3, 3)).T @ np.diag([-1.0, -1.0, 1.0])
    for node in slice_views.values():
        aligned = np.abs(axes @ _slice_to_ras(node)[:3, :3])
        assert np.sort(aligned, axis=0)[-1] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("name", AXIAL)
def test_red_is_axial_yellow_sagittal_green_coronal(scene, slice_views, name):
    geometry = GRIDS[name]
    views.center_on(scene, volume_node(scene, geometry))
    axes = np.reshape(geometry.direction, (3, 3)).T @ np.diag([-1.0, -1.0, 1.0])
    normals = {view: int(np.argmax(np.abs(axes @ _slice_to_ras(node)[:3, 2]))) for view, node in slice_views.items()}
    assert normals == {"Red": 2, "Yellow": 0, "Green": 1}


def test_the_patients_right_is_on_the_left_of_the_picture(scene, slice_views, grid):
    views.center_on(scene, volume_node(scene, grid))
    towards = _slice_to_ras(slice_views["Red"])[:3, 0]
    assert np.argmax(np.abs(towards)) == 0
    assert towards[0] < 0


def test_views_are_centred_on_the_voxel_nearest_the_gland(scene, slice_views, zones, grid):
    volume, mask = volume_node(scene, grid), segmentation_node(scene, zones, grid, gland_on(grid))
    centre = views.center_on(scene, volume, mask)
    k, j, i = np.argwhere(gland_on(grid) > 0).mean(axis=0)
    assert ras_to_index(grid, centre) == pytest.approx(np.rint((i, j, k)), abs=1e-6)
    for node in slice_views.values():
        assert _slice_to_ras(node)[:3, 3] == pytest.approx(centre, abs=1e-6)


def test_without_a_gland_the_middle_of_the_volume_is_shown(scene, slice_views, zones, oblique):
    volume, nothing = volume_node(scene, oblique), segmentation_node(scene, zones, oblique, None)
    assert ras_to_index(oblique, views.center_on(scene, volume, nothing)) == pytest.approx((12, 10, 4), abs=1)
    assert min(slice_views["Red"].GetFieldOfView()[:2]) == pytest.approx(views.FIELD_OF_VIEW_MM)


def test_the_field_of_view_follows_the_gland_within_limits(scene, zones):
    small = segmentation_node(scene, zones, GRIDS["plain"], gland_on(GRIDS["plain"]))
    assert views.fitting_field_of_view(small) == views.NARROWEST_MM
    from dataclasses import replace

    geometry = replace(GRIDS["plain"], spacing_mm=(5.0, 5.0, 5.0))
    large = segmentation_node(scene, zones, geometry, gland_on(geometry))
    assert views.fitting_field_of_view(large) == pytest.approx(15 * 5.0 * views.MARGIN)
    assert views.fitting_field_of_view(None) == views.FIELD_OF_VIEW_MM


def test_pixels_are_square_and_the_asked_length_is_shown(scene, slice_views, a_volume):
    views.center_on(scene, a_volume, field_of_view_mm=90)
    for node in slice_views.values():
        (across, down, _), (width, height, _) = node.GetFieldOfView(), node.GetDimensions()
        assert min(across, down) == pytest.approx(90)
        assert across / width == pytest.approx(down / height)


def test_volumes_are_layered_and_views_linked(scene, slice_views, a_volume, oblique):
    adc = volume_node(scene, oblique, name="ADC")
    views.show_volumes(scene, a_volume, foreground=adc, foreground_opacity=0.4)
    for node in slice_views.values():
        composite = _composite(node)
        assert composite.GetBackgroundVolumeID() == a_volume.GetID()
        assert composite.GetForegroundVolumeID() == adc.GetID()
        assert composite.GetForegroundOpacity() == pytest.approx(0.4)
        assert composite.GetLinkedControl()
    views.show_volumes(scene, a_volume, linked=False)
    assert all(_composite(node).GetForegroundVolumeID() is None for node in slice_views.values())
    assert all(_composite(node).GetForegroundOpacity() == 0 for node in slice_views.values())
    assert not any(_composite(node).GetLinkedControl() for node in slice_views.values())


def test_views_of_other_modules_are_left_alone(scene, slice_views, a_volume):
    import slicer

    owner = scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode")
    other = slicer.vtkMRMLSliceNode()
    other.SetLayoutName("Theirs")
    other = scene.AddNode(other)
    other.SetAndObserveParentLayoutNodeID(owner.GetID())
    before = _slice_to_ras(other)
    views.center_on(scene, a_volume)
    views.show_volumes(scene, a_volume)
    assert np.array_equal(_slice_to_ras(other), before)
    assert set(views.slice_nodes(scene)) == set(slice_views.values())


def test_labels_can_be_hidden_or_left_as_outline(scene, zones, oblique):
    node = segmentation_node(scene, zones, oblique, gland_on(oblique))
    views.show_labels(node, fill_opacity=0.0)
    assert node.GetDisplayNode().GetOpacity2DFill() == 0
    views.show_labels(node, visible=False)
    assert not node.GetDisplayNode().GetVisibility()
