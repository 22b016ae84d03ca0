"""Masks must lie on the T2w grid and carry the task's labels; others are moved, or refused with the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.grid import same_grid
from QualityFinetuneLib.cases.reading import read_image, write_image
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.masks import as_label_map, check_mask, on_grid


@pytest.fixture
def t2w(study: Study) -> sitk.Image:
    series = study.cases.first(1, Role.T2W)
    assert series is not None
    return read_image(series.path)


@pytest.fixture
def zones(study: Study) -> sitk.Image:
    annotation = study.annotations.current(1, "zones")
    assert annotation is not None
    return read_image(annotation.path)


def test_a_mask_on_the_t2w_grid_is_taken_as_it_is(zones: sitk.Image, t2w: sitk.Image) -> None:
    kept, moved = on_grid(zones, t2w, name="zones.nrrd")
    assert not moved
    assert (sitk.GetArrayFromImage(kept) == sitk.GetArrayFromImage(zones)).all()


def test_a_cropped_and_flipped_mask_comes_back_where_it_was(zones: sitk.Image, t2w: sitk.Image) -> None:
    cropped = sitk.Flip(zones[10:90, 12:88, :], [True, False, False])
    moved_back, moved = on_grid(cropped, t2w, name="zones.nrrd")
    assert moved
    assert same_grid(moved_back, t2w)
    inside = sitk.GetArrayFromImage(zones)
    inside[:, :, :10] = inside[:, :, 90:] = 0
    inside[:, :12, :] = inside[:, 88:, :] = 0
    assert (sitk.GetArrayFromImage(moved_back) == inside).all()


def test_a_mask_from_elsewhere_is_refused(zones: sitk.Image, t2w: sitk.Image) -> None:
    zones.SetOrigin([value + 500.0 for value in zones.GetOrigin()])
    with pytest.raises(UserError) as failure:
        on_grid(zones, t2w, name="zones.nrrd")
    assert failure.value.code is ErrorCode.BAD_GEOMETRY
    assert "0%" in failure.value.why


def test_an_empty_mask_is_no_error(zones: sitk.Image, t2w: sitk.Image) -> None:
    empty = zones * 0
    empty.SetSpacing((2.0, 2.0, 2.0))
    moved, _ = on_grid(empty, t2w, name="lesion.nrrd")
    assert not sitk.GetArrayFromImage(moved).any()


def test_a_single_label_may_have_any_value() -> None:
    mask = sitk.GetImageFromArray(np.array([[[0, 255, 255]]], np.int16))
    label_map = as_label_map(mask, load_task("gland"), name="gland.nii.gz")
    assert label_map.GetPixelID() == sitk.sitkUInt8
    assert sitk.GetArrayFromImage(label_map).tolist() == [[[0, 1, 1]]]


def test_unknown_values_are_named() -> None:
    mask = sitk.GetImageFromArray(np.array([[[0, 1, 7, 9]]], np.uint8))
    with pytest.raises(UserError) as failure:
        as_label_map(mask, load_task("zones"), name="zones.nrrd")
    assert failure.value.code is ErrorCode.BAD_LABEL
    assert "7, 9" in failure.value.why


def test_check_refuses_a_mask_on_another_grid_and_a_case_without_t2w(
    study: Study, zones: sitk.Image, tmp_path: Path
) -> None:
    path = tmp_path / "mask.nrrd"
    write_image(zones[:, :, 1:], path)
    with pytest.raises(UserError) as failure:
        check_mask(study, 1, path, load_task("zones"))
    assert failure.value.code is ErrorCode.BAD_GEOMETRY
    bare = study.cases.add(patient="p", exam="e", name="n", series=[])
    with pytest.raises(UserError) as failure:
        check_mask(study, bare.id, path, load_task("zones"))
    assert failure.value.code is ErrorCode.MISSING_SERIES
