"""Segments from label maps and back, on grids that are hard."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from harness.exams import GRIDS, gland_on, image_on, segmentation_node, volume_node
from QualityFinetuneLib.cases.grid import Geometry, geometry_of
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.scene import names
from QualityFinetuneLib.scene.geometry import oriented_image, voxels_of
from QualityFinetuneLib.scene.label_maps import BINARY, drawn_images, fill, label_map_of


def put(node, segment_id, image) -> None:
    """Replace one segment's voxels, as an editor effect does."""
    segment = node.GetSegmentation().GetSegment(segment_id)
    segment.SetLabelValue(1)
    segment.AddRepresentation(BINARY, image)


def test_there_and_back_every_voxel_is_the_same(scene, zones, grid):
    voxels = gland_on(grid)
    node = segmentation_node(scene, zones, grid, voxels)
    assert np.array_equal(label_map_of(node, zones, grid), voxels)


def test_segments_carry_name_colour_code_and_value(scene, zones, oblique):
    node = segmentation_node(scene, zones, oblique, gland_on(oblique))
    content = node.GetSegmentation()
    assert list(content.GetSegmentIDs()) == ["PZ", "TZ"]
    segment = content.GetSegment("TZ")
    assert segment.GetName() == "Transition zone"
    assert segment.GetColor() == pytest.approx([240 / 255, 228 / 255, 66 / 255])
    assert "SCT^399384005^" in segment.GetTerminology()


def test_an_empty_segmentation_has_all_segments_and_no_voxel(scene, zones, oblique):
    node = segmentation_node(scene, zones, oblique, None)
    assert node.GetSegmentation().GetNumberOfSegments() == 2
    assert drawn_images(node) == []
    assert not label_map_of(node, zones, oblique).any()


def test_a_label_that_does_not_occur_is_an_empty_segment(scene, zones, oblique):
    voxels = np.where(gland_on(oblique) == 2, 2, 0).astype(np.uint8)
    node = segmentation_node(scene, zones, oblique, voxels)
    assert [segment_id for segment_id, _ in drawn_images(node)] == ["TZ"]
    assert np.array_equal(label_map_of(node, zones, oblique), voxels)


def test_filling_again_replaces_what_was_drawn(scene, zones, oblique):
    node = segmentation_node(scene, zones, oblique, gland_on(oblique))
    fill(node.GetSegmentation(), zones, None)
    assert drawn_images(node) == []


def test_overlaps_take_the_label_that_comes_last(scene, zones, oblique):
    first, second = np.zeros((2, 9, 20, 24), np.uint8)
    first[2:6, 2:10, 2:10] = 1
    second[4:8, 6:14, 6:14] = 1
    node = segmentation_node(scene, zones, oblique, None)
    put(node, "TZ", oriented_image(second, oblique))
    put(node, "PZ", oriented_image(first, oblique))
    expected = np.where(second, 2, first)
    assert np.array_equal(label_map_of(node, zones, oblique), expected)


@pytest.mark.parametrize("start", [(4, 5, 2), (-3, -2, -1), (20, 15, 7), (40, 0, 0)])
def test_cropped_and_protruding_segments_land_where_simpleitk_puts_them(scene, zones, grid, start):
    """The editor keeps only the box around what is drawn, and a box may leave the volume."""
    rng = np.random.default_rng(3)
    size = (9, 8, 4)
    image = image_on(grid, np.zeros((1, 1, 1), np.uint8))
    box = sitk.GetImageFromArray(rng.integers(0, 2, tuple(reversed(size))).astype(np.uint8))
    box.SetSpacing(image.GetSpacing())
    box.SetDirection(image.GetDirection())
    box.SetOrigin(image.TransformContinuousIndexToPhysicalPoint([float(value) for value in start]))
    node = segmentation_node(scene, zones, grid, None)
    put(node, "PZ", oriented_image(sitk.GetArrayFromImage(box), geometry_of(box)))
    reference = image_on(grid, np.zeros(tuple(reversed(grid.size)), np.uint8))
    expected = sitk.GetArrayFromImage(sitk.Resample(box, reference, sitk.Transform(), sitk.sitkNearestNeighbor))
    assert np.array_equal(label_map_of(node, zones, grid), expected)


def test_the_box_of_the_editor_may_start_anywhere(scene, zones, grid):
    """Same as above, told by an extent instead of an origin."""
    voxels = gland_on(grid)
    whole = oriented_image(voxels, grid)
    import slicer
    import vtk

    clip = vtk.vtkImageClip()
    clip.SetInputData(whole)
    clip.SetOutputWholeExtent(4, 15, 5, 18, 2, 6)
    clip.ClipDataOn()
    clip.Update()
    part = slicer.vtkOrientedImageData()
    part.ShallowCopy(clip.GetOutput())
    part.CopyDirections(whole)
    node = segmentation_node(scene, zones, grid, None)
    put(node, "PZ", part)
    expected = np.zeros_like(voxels)
    expected[2:7, 5:19, 4:16] = voxels[2:7, 5:19, 4:16] == 1
    assert np.array_equal(label_map_of(node, zones, grid) == 1, expected == 1)


def test_a_segmentation_on_another_grid_is_brought_over_by_nearest_voxel(scene, zones, grid):
    """Oracle: Slicer's own resampling of oriented images."""
    import slicer

    finer = Geometry(
        size=(40, 38, 21),
        spacing_mm=tuple(value * 0.55 for value in grid.spacing_mm),
        origin_mm=tuple(grid.index_to_mm((0.3, 0.2, 0.4))),
        direction=GRIDS["oblique"].direction if grid.direction[0] == 1.0 else grid.direction,
    )
    drawn = oriented_image((gland_on(finer) > 0).astype(np.uint8), finer)
    node = segmentation_node(scene, zones, grid, None)
    put(node, "PZ", drawn)
    reference = oriented_image(np.zeros(tuple(reversed(grid.size)), np.uint8), grid)
    moved = slicer.vtkOrientedImageData()
    slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(drawn, reference, moved)
    found, expected = label_map_of(node, zones, grid), voxels_of(moved)
    assert expected.sum() > 30
    # The two round exact halves differently, and only those.
    assert np.count_nonzero(found != expected) <= 0.02 * expected.sum()


def test_a_segment_that_is_no_label_of_the_task_is_named(scene, zones, oblique):
    node = segmentation_node(scene, zones, oblique, gland_on(oblique))
    node.GetSegmentation().AddEmptySegment("Segment_1", "Segment_1")
    label_map_of(node, zones, oblique)
    put(node, "Segment_1", oriented_image((gland_on(oblique) > 0).astype(np.uint8), oblique))
    with pytest.raises(UserError) as told:
        label_map_of(node, zones, oblique)
    assert told.value.code is ErrorCode.BAD_LABEL
    assert "Segment_1" in told.value.why


@pytest.mark.parametrize("keeps", ["terminology", "name"])
def test_a_segment_made_anew_is_known_by_code_or_name(scene, zones, oblique, keeps):
    node = segmentation_node(scene, zones, oblique, None)
    content = node.GetSegmentation()
    entry = content.GetSegment("TZ").GetTerminology()
    content.RemoveSegment("TZ")
    new = content.AddEmptySegment("again", "mine" if keeps == "terminology" else "Transition zone")
    if keeps == "terminology":
        content.GetSegment(new).SetTerminology(entry)
    mask = (gland_on(oblique) == 2).astype(np.uint8)
    put(node, new, oriented_image(mask, oblique))
    assert np.array_equal(label_map_of(node, zones, oblique), mask * 2)


def test_a_moved_segmentation_is_refused(scene, zones, oblique):
    node = segmentation_node(scene, zones, oblique, gland_on(oblique))
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    node.SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(UserError) as told:
        label_map_of(node, zones, oblique)
    assert told.value.code is ErrorCode.BAD_GEOMETRY


def test_surfaces_become_voxels(scene, zones):
    """A segment imported as a model has no voxels until it is asked for them."""
    import slicer
    import vtk

    grid = GRIDS["plain"]
    sphere = vtk.vtkSphereSource()
    sphere.SetCenter(-12, -10, 4)
    sphere.SetRadius(3.5)
    sphere.SetThetaResolution(40)
    sphere.SetPhiResolution(40)
    sphere.Update()
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segment = slicer.vtkSegment()
    segment.SetName("Transition zone")
    segment.AddRepresentation("Closed surface", sphere.GetOutput())
    node.GetSegmentation().SetSourceRepresentationName("Closed surface")
    node.GetSegmentation().AddSegment(segment, "TZ")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node(scene, grid))
    found = label_map_of(node, zones, grid)
    assert found.max() == 2
    assert np.count_nonzero(found) == pytest.approx(4 / 3 * np.pi * 3.5**3, rel=0.15)


def test_our_tag_wins_over_a_changed_name(scene, zones, oblique):
    node = segmentation_node(scene, zones, oblique, gland_on(oblique))
    node.GetSegmentation().GetSegment("PZ").SetName("renamed by a reader")
    assert node.GetSegmentation().GetSegment("PZ").HasTag(names.LABEL)
    assert np.array_equal(label_map_of(node, zones, oblique), gland_on(oblique))
