"""How much a reader changed, against SimpleITK's overlap measures and by laws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.workflow.mask_changes import changes_between, compare, compare_labels

MASKS = arrays(np.uint8, (3, 4, 5), elements=st.integers(0, 2))


@given(MASKS, MASKS)
def test_dice_is_that_of_simpleitk(a: np.ndarray, b: np.ndarray) -> None:
    found = compare(a, b, voxel_ml=0.5)
    if not a.any() and not b.any():
        assert found.dice == 1.0
        return
    oracle = sitk.LabelOverlapMeasuresImageFilter()
    oracle.Execute(*(sitk.GetImageFromArray((m != 0).astype(np.uint8)) for m in (a, b)))
    assert found.dice == pytest.approx(oracle.GetDiceCoefficient())


@given(MASKS, MASKS)
def test_before_plus_added_minus_removed_is_after_and_swapping_swaps(a: np.ndarray, b: np.ndarray) -> None:
    found, swapped = compare(a, b, voxel_ml=0.25), compare(b, a, voxel_ml=0.25)
    assert found.before_ml + found.added_ml - found.removed_ml == pytest.approx(found.after_ml)
    assert (found.added_ml, found.removed_ml) == (swapped.removed_ml, swapped.added_ml)
    assert found.dice == swapped.dice


def test_a_voxel_that_changes_its_label_counts_in_both_labels_but_not_together() -> None:
    before = np.array([[[1, 1, 2, 0]]], np.uint8)
    after = np.array([[[1, 2, 2, 0]]], np.uint8)
    labels = compare_labels(before, after, labels={"PZ": 1, "TZ": 2}, voxel_ml=1.0)
    assert labels["PZ"].removed_ml == 1.0
    assert labels["TZ"].added_ml == 1.0
    assert compare(before, after, voxel_ml=1.0).dice == 1.0


def write(path: Path, voxels: np.ndarray, spacing_mm: tuple[float, float, float]) -> Path:
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing(spacing_mm)
    sitk.WriteImage(image, str(path))
    return path


def test_volumes_are_in_ml_of_the_anisotropic_grid(tmp_path: Path) -> None:
    before = np.zeros((4, 10, 10), np.uint8)
    after = before.copy()
    after[:, :5, :] = 1
    found = changes_between(
        write(tmp_path / "a.nrrd", before, (0.5, 2.0, 3.0)),
        write(tmp_path / "b.nrrd", after, (0.5, 2.0, 3.0)),
        load_task("zones"),
    )
    assert found["added_ml"] == pytest.approx(200 * 3.0 / 1000)
    assert found["labels"]["PZ"]["added_ml"] == found["added_ml"]
    assert found["labels"]["TZ"]["added_ml"] == 0.0


def test_masks_on_different_grids_are_refused(tmp_path: Path) -> None:
    voxels = np.ones((2, 3, 4), np.uint8)
    with pytest.raises(UserError) as failure:
        changes_between(
            write(tmp_path / "a.nrrd", voxels, (1, 1, 1)),
            write(tmp_path / "b.nrrd", voxels, (1, 1, 2)),
            load_task("gland"),
        )
    assert failure.value.code is ErrorCode.BAD_GEOMETRY
