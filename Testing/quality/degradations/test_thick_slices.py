"""Thick slices average thin ones, and know where they lie."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.grid import geometry_of
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.degradations.case import degrade_case
from QualityFinetuneLib.quality.degradations.recipe import Recipe
from QualityFinetuneLib.quality.degradations.thick_slices import ThickSlices, averaging, thick_edges

RNG = np.random.default_rng(0)


def recipe(**step: object) -> Recipe:
    return Recipe.model_validate({"steps": [{"kind": "thick_slices", **step}]})


def test_a_profile_three_slices_wide_is_their_mean(make_volume, blobs) -> None:
    found = ThickSlices(thicker_by_mm=8.0)(make_volume(blobs), RNG).voxels
    np.testing.assert_allclose(found[2], blobs[1:4].mean(axis=0))
    np.testing.assert_allclose(found[0], blobs[0:2].mean(axis=0))  # half of the profile lies outside


def test_half_covered_slices_count_half(make_volume, blobs) -> None:
    found = ThickSlices(thicker_by_mm=4.0)(make_volume(blobs), RNG).voxels
    np.testing.assert_allclose(found[3], (0.5 * blobs[2] + blobs[3] + 0.5 * blobs[4]) / 2.0)


@pytest.mark.parametrize("ratio", [1.0, 1.3, 2.0, 7.0, 40.0])
def test_thick_slices_cover_the_volume_and_weigh_one(ratio) -> None:
    edges = thick_edges(19, ratio=ratio)
    assert edges[0] <= 1e-9
    assert edges[-1] >= 19 - 1e-9
    np.testing.assert_allclose(np.diff(edges), ratio)
    weights = averaging(19, edges[:-1], edges[1:])
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    if ratio == 1.0:
        np.testing.assert_allclose(weights, np.eye(19), atol=1e-12)


def test_the_mean_is_kept_where_slices_fit(make_volume, blobs) -> None:
    found = ThickSlices(thicker_by_mm=4.0, grid="thicker")(make_volume(blobs), RNG)
    assert found.voxels.shape[0] == 3
    assert found.voxels.mean() == pytest.approx(blobs.mean())


@pytest.mark.parametrize("flips", [(False, False, False), (True, False, True)])
def test_their_own_grid_lies_where_the_tissue_is(oriented, flips) -> None:
    image = oriented((15.0, 0.0, 5.0), flips)
    z = sitk.GetArrayFromImage(image).astype(np.float32)
    index = np.indices(image.GetSize()).transpose(3, 2, 1, 0)
    matrix = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
    z[...] = 500.0 + (index @ matrix.T + np.array(image.GetOrigin()))[..., 2]
    ramp = sitk.GetImageFromArray(z)
    ramp.CopyInformation(image)
    thick = degrade_case({Role.T2W: ramp}, recipe(thicker_by_mm=4.0, grid="thicker"))
    found = thick.image(Role.T2W)
    geometry = geometry_of(found)
    assert geometry.size == (64, 56, 4)
    assert geometry.spacing_mm[2] == pytest.approx(8.0)
    np.testing.assert_allclose(geometry.centre_mm, geometry_of(image).centre_mm, atol=1e-6)
    place = np.array(found.TransformIndexToPhysicalPoint((10, 20, 1)))
    assert sitk.GetArrayFromImage(found)[1, 20, 10] == pytest.approx(500.0 + place[2], abs=1e-3)
    assert thick.record.series[0].grid_changed
