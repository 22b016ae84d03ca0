"""The offscreen view and what happens where nothing can be drawn."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from harness.exams import GRIDS, gland_on, segmentation_node, volume_node
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.scene import private_view as own
from QualityFinetuneLib.scene.views import aim, focus


def test_voxels_are_shared_and_let_go(scene, zones):
    geometry = GRIDS["plain"]
    volume = volume_node(scene, geometry)
    mask = segmentation_node(scene, zones, geometry, gland_on(geometry))
    image, content = volume.GetImageData(), mask.GetSegmentation()
    before = (image.GetReferenceCount(), content.GetReferenceCount())
    with own.private_view(volume, mask, size_px=(80, 80)) as view:
        assert view.volume.GetImageData() is image
        assert view.segmentation.GetSegmentation() is content
        view.orient("axial")
        view.pixels()
    del view
    gc.collect()
    assert (image.GetReferenceCount(), content.GetReferenceCount()) == before


def test_a_volume_without_display_is_windowed_by_itself(scene):
    volume = volume_node(scene, GRIDS["plain"])
    scene.RemoveNode(volume.GetDisplayNode())
    with own.private_view(volume, None, size_px=(80, 80)) as view:
        view.orient("axial")
        aim(view.node, view.volume, focus(view.volume), field_of_view_mm=18.0)
        assert np.ptp(view.pixels()) > 100


def test_captions_replace_each_other(scene):
    import vtk

    with own.private_view(volume_node(scene, GRIDS["plain"]), None, size_px=(80, 80)) as view:
        first, second = vtk.vtkTextActor(), vtk.vtkTextActor()
        view.write([first])
        view.write([second])
        assert not view.renderer.HasViewProp(first)
        assert view.renderer.HasViewProp(second)


def test_a_machine_that_cannot_draw_is_told(scene, monkeypatch):
    monkeypatch.setattr(own, "_can_draw", lambda: False)
    with (
        pytest.raises(UserError) as told,
        own.private_view(volume_node(scene, GRIDS["plain"]), None, size_px=(80, 80)),
    ):
        pass
    assert told.value.code is ErrorCode.MISSING_PACKAGE
