"""A series is prepared once, and says why a region is not there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk

from fixtures.measure_phantom import SPACING_MM, image_of
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.quality.measures import series as module
from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

Series = Callable[..., MeasuredSeries]


def test_arrays_and_spacing_are_z_y_x(series: Series) -> None:
    assert series().spacing_mm == SPACING_MM[::-1]
    assert series(image_of(np.zeros((2, 3, 4)), (1.0, 2.0, 5.0))).values.shape == (2, 3, 4)


def test_a_gland_on_another_grid_is_brought_here(series: Series, gland: sitk.Image) -> None:
    coarse = sitk.Resample(
        gland, [64, 64, 6], sitk.Transform(), sitk.sitkNearestNeighbor, gland.GetOrigin(), [1.4, 1.4, 3.0]
    )
    here, there = series().gland, series(gland_image=coarse).gland
    assert 2 * (here & there).sum() / (here.sum() + there.sum()) > 0.95


@pytest.mark.parametrize(
    ("voxels", "why"),
    [(None, module.NO_GLAND), (0, module.EMPTY_GLAND), (1, module.SMALL_GLAND)],
)
def test_a_missing_gland_says_which_way(series: Series, voxels: int | None, why: str) -> None:
    image = None
    if voxels is not None:
        given = np.zeros((6, 128, 128), np.uint8)
        given[3, 60, 60 : 60 + voxels] = 1
        image = sitk.GetImageFromArray(given)
        image.SetSpacing(SPACING_MM)
    with pytest.raises(Undefined, match=why):
        _ = series(gland_image=image).gland


def test_a_flat_or_holed_image_is_unusable_with_its_reason(series: Series) -> None:
    assert "same value" in str(series(image_of(np.full((2, 9, 9), 5))).unusable)
    holed = np.random.default_rng(0).random((2, 9, 9))
    holed[0, 0, 0], holed[1, 1, 1] = np.nan, np.inf
    assert str(series(image_of(holed)).unusable).startswith("2 voxels have no number")
    assert series().unusable is None


@pytest.mark.parametrize(
    "image", [sitk.Image(9, 9, sitk.sitkFloat32), sitk.Image([9, 9, 9], sitk.sitkVectorUInt8, 3)]
)
def test_what_is_no_volume_of_grey_levels_is_refused(image: sitk.Image) -> None:
    with pytest.raises(UserError) as caught:
        MeasuredSeries(image=image, role=Role.T2W)
    assert caught.value.code == "bad_geometry"


def test_dicoms_words_for_phase_encoding_name_an_axis(series: Series) -> None:
    assert series(phase_encoding="ROW").phase_axes == (2,)
    assert series(phase_encoding="COL").phase_axes == (1,)
    assert series().phase_axes == (1, 2)


def test_the_rim_stays_around_the_gland(series: Series) -> None:
    one = series()
    assert (one.gland_and_rim >= one.gland).all() and one.gland_and_rim.sum() > one.gland.sum()
    assert one.values[one.gland_box].size < one.values.size


def test_without_signal_or_air_it_says_so(series: Series) -> None:
    dark = np.zeros((2, 40, 40))
    dark[0, 20, 20] = 1
    with pytest.raises(Undefined, match="signal"):
        _ = series(image_of(dark)).signal
    with pytest.raises(Undefined, match="constant"):
        _ = series(image_of(dark)).background
