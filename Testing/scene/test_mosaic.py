"""Several slices in one picture."""

from __future__ import annotations

import numpy as np
import pytest

from harness.exams import GRIDS, gland_on, segmentation_node, volume_node
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.scene.mosaic import GAP_PX, arranged, mosaic, spread
from QualityFinetuneLib.scene.snapshot import snapshot


@pytest.fixture
def exam(scene, zones):
    geometry = GRIDS["oblique"]
    return volume_node(scene, geometry), segmentation_node(scene, zones, geometry, gland_on(geometry))


def test_tiles_are_the_single_pictures(scene, exam):
    sheet = mosaic(scene, *exam, indices=[2, 4, 6], columns=2, tile_px=120, field_of_view_mm=12.0)
    assert sheet.shape == (240 + GAP_PX, 240 + GAP_PX, 3)
    for number, index in enumerate([2, 4, 6]):
        top, left = number // 2 * (120 + GAP_PX), number % 2 * (120 + GAP_PX)
        alone = snapshot(scene, *exam, index=index, size_px=120, field_of_view_mm=12.0)
        difference = np.abs(sheet[top : top + 120, left : left + 120].astype(int) - alone.astype(int))
        assert (difference > 8).mean() < 0.01
    assert sheet[120 + GAP_PX :, 120 + GAP_PX :].max() == 0


def test_slices_are_spread_over_what_is_drawn(scene, exam):
    sheet = mosaic(scene, *exam, count=3, columns=3, tile_px=96)
    assert sheet.shape == (96, 3 * 96 + 2 * GAP_PX, 3)


@pytest.mark.parametrize(
    ("ml", "count", "expected"),
    [
        ([0, 0, 1, 2, 3, 2, 1, 0], 3, [2, 4, 6]),
        ([0, 0, 1, 2, 0, 0], 8, [2, 3]),
        ([0, 0, 0, 0, 0], 2, [0, 4]),
        ([0, 1, 0], 4, [1]),
    ],
)
def test_spread_keeps_to_the_drawn_slices_and_repeats_none(ml, count, expected):
    assert spread(np.array(ml, dtype=float), count) == expected


def test_a_single_tile_is_itself():
    tile = np.full((3, 4, 3), 9, np.uint8)
    assert np.array_equal(arranged([tile], columns=4), tile)


def test_a_slice_that_is_not_there_is_told(scene, exam):
    with pytest.raises(UserError):
        mosaic(scene, *exam, indices=[3, 99], tile_px=96)
