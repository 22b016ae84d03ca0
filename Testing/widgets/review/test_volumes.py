"""Volumes of a mask's structures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.widgets.review.volumes import volumes_ml

ZONES = load_task("zones")


def written(path: Path, voxels: np.ndarray) -> sitk.Image:
    """A mask with oblique axes and three different spacings."""
    mask = sitk.GetImageFromArray(voxels.astype(np.uint8))
    mask.SetSpacing((0.5, 0.7, 3.3))
    mask.SetDirection((0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1))
    sitk.WriteImage(mask, str(path), True)
    return mask


def test_each_structure_has_the_volume_that_simpleitk_measures(tmp_path: Path) -> None:
    values = [label.value for label in ZONES.labels]
    voxels = np.random.default_rng(0).choice([0, *values], size=(5, 8, 9))
    mask = written(tmp_path / "zones.nrrd", voxels)
    shape = sitk.LabelShapeStatisticsImageFilter()
    shape.Execute(mask)
    expected = {label.short: shape.GetPhysicalSize(label.value) / 1000 for label in ZONES.labels}
    assert volumes_ml(tmp_path / "zones.nrrd", ZONES) == pytest.approx(expected)


def test_a_structure_that_is_not_there_has_no_volume_and_strange_values_count_for_none(tmp_path: Path) -> None:
    voxels = np.full((2, 3, 4), 200)
    voxels[0, 0, 0] = ZONES.labels[0].value
    written(tmp_path / "zones.nrrd", voxels)
    volumes = volumes_ml(tmp_path / "zones.nrrd", ZONES)
    assert volumes.pop(ZONES.labels[0].short) == pytest.approx(0.5 * 0.7 * 3.3 / 1000)
    assert set(volumes.values()) == {0.0}


def test_a_mask_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "zones.nrrd").write_bytes(b"not an image")
    with pytest.raises(UserError) as told:
        volumes_ml(tmp_path / "zones.nrrd", ZONES)
    assert told.value.code == ErrorCode.UNREADABLE_FILE
