"""Masks are checked before they are believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import Task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles
from QualityFinetuneLib.engine.worker.masks import largest_component, mask_like, read_mask, without_small_components


@pytest.fixture
def t2w(exams: tuple[CaseFiles, ...]) -> sitk.Image:
    return sitk.ReadImage(str(exams[0].images[Role.T2W]))


def written(tmp_path: Path, image: sitk.Image) -> Path:
    path = tmp_path / "mask.nrrd"
    sitk.WriteImage(image, str(path))
    return path


def refusal(path: Path, task: Task, reference: sitk.Image) -> UserError:
    with pytest.raises(UserError) as caught:
        read_mask(path, task, reference=reference, case="7")
    assert "7" in caught.value.what
    return caught.value


def test_a_good_mask_is_read_as_bytes(exams: tuple[CaseFiles, ...], zones: Task, t2w: sitk.Image) -> None:
    mask = read_mask(exams[0].label, zones, reference=t2w, case="7")
    assert mask.GetPixelID() == sitk.sitkUInt8
    assert set(np.unique(sitk.GetArrayFromImage(mask))) == {0, 1, 2}


def test_whole_numbers_stored_as_floats_are_fine(tmp_path: Path, zones: Task, t2w: sitk.Image) -> None:
    mask = mask_like(np.ones(t2w.GetSize()[::-1]), t2w)
    read = read_mask(written(tmp_path, sitk.Cast(mask, sitk.sitkFloat64)), zones, reference=t2w, case="7")
    assert (sitk.GetArrayFromImage(read) == 1).all()


@pytest.mark.parametrize("strange", [3, 255, 0.5])
def test_values_outside_the_task_are_refused_by_name(
    tmp_path: Path, zones: Task, t2w: sitk.Image, strange: float
) -> None:
    values = sitk.GetArrayFromImage(t2w) * 0
    values[0, 0, 0] = strange
    image = sitk.GetImageFromArray(values)
    image.CopyInformation(t2w)
    error = refusal(written(tmp_path, image), zones, t2w)
    assert error.code is ErrorCode.BAD_LABEL
    assert f"{strange:g}" in error.why and "Peripheral zone" in error.why


def test_nan_is_refused(tmp_path: Path, zones: Task, t2w: sitk.Image) -> None:
    values = sitk.GetArrayFromImage(t2w) * 0
    values[1, 1, 1] = np.nan
    image = sitk.GetImageFromArray(values)
    image.CopyInformation(t2w)
    assert refusal(written(tmp_path, image), zones, t2w).code is ErrorCode.BAD_VALUES


@pytest.mark.parametrize("change", ["shift", "spacing", "direction", "crop"])
def test_a_mask_on_another_grid_is_refused(tmp_path: Path, zones: Task, t2w: sitk.Image, change: str) -> None:
    mask = mask_like(np.zeros(t2w.GetSize()[::-1]), t2w)
    if change == "shift":
        mask.SetOrigin([v + 0.5 for v in mask.GetOrigin()])
    elif change == "spacing":
        mask.SetSpacing([v * 1.01 for v in mask.GetSpacing()])
    elif change == "direction":
        mask.SetDirection((1, 0, 0, 0, 1, 0, 0, 0, 1))
    else:
        mask = mask[1:, :, :]
    error = refusal(written(tmp_path, mask), zones, t2w)
    assert error.code is ErrorCode.BAD_GEOMETRY
    assert " x " in error.why


def test_the_largest_component_is_kept_with_its_labels() -> None:
    values = np.zeros((6, 10, 10), dtype=np.uint8)
    values[1:4, 1:6, 1:6] = 1
    values[2, 2:4, 2:4] = 2
    values[5, 9, 9] = 2
    kept = largest_component(values)
    assert kept[5, 9, 9] == 0
    assert (kept[:5] == values[:5]).all() and kept.dtype == values.dtype


def test_voxels_that_touch_at_a_corner_are_one_component() -> None:
    values = np.zeros((3, 3, 3), dtype=np.uint8)
    values[0, 0, 0] = values[1, 1, 1] = values[2, 2, 2] = 1
    assert (largest_component(values) == values).all()


@pytest.mark.parametrize("seed", range(4))
def test_the_largest_component_is_the_one_simpleitk_calls_largest(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=(8, 16, 16))
    values = (ndimage.gaussian_filter(noise, 1.5) > 0.05).astype(np.uint8)
    parts = sitk.RelabelComponent(
        sitk.ConnectedComponent(sitk.GetImageFromArray(values), True), sortByObjectSize=True
    )
    assert largest_component(values).sum() == (sitk.GetArrayFromImage(parts) == 1).sum()


def test_an_empty_mask_stays_empty() -> None:
    assert not largest_component(np.zeros((2, 2, 2), dtype=np.uint8)).any()


@pytest.mark.parametrize("seed", range(4))
def test_the_parts_that_stay_are_those_simpleitk_calls_large_enough(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=(8, 16, 16))
    values = (ndimage.gaussian_filter(noise, 1.0) > 0.2).astype(np.uint8)
    values[values.nonzero()] += np.random.default_rng(seed).integers(0, 2, values.sum()).astype(np.uint8)
    components = sitk.ConnectedComponent(sitk.GetImageFromArray((values > 0).astype(np.uint8)), True)
    large = sitk.GetArrayFromImage(sitk.RelabelComponent(components, minimumObjectSize=20)) > 0
    kept = without_small_components(values, smallest_voxels=20)
    assert np.array_equal(kept, values * large) and 0 < large.sum() < (values > 0).sum()


def test_without_a_smallest_part_all_stay() -> None:
    values = np.eye(3, dtype=np.uint8)[None]
    assert without_small_components(values, smallest_voxels=0.0) is values
    assert not without_small_components(values * 0, smallest_voxels=5.0).any()
