from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import SimpleITK as sitk

from QualityFinetuneLib.cases.reading import read_image


def test_the_same_slices_of_image_and_mask_are_cut_about_the_gland(
    script: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    for name, first in (("B", 10), ("A", 2), ("C", 5)):
        folder = tmp_path / "prostate-mini" / "cases" / name
        folder.mkdir(parents=True)
        voxels = np.zeros((20, 4, 4), np.int16)
        voxels[first : first + 3] = 1
        for file, values in (
            ("t2w", np.arange(20, dtype=np.int16)[:, None, None] + voxels * 0),
            ("gland_taps", voxels),
        ):
            image = sitk.GetImageFromArray(values)
            image.SetSpacing((0.5, 0.5, 3.0))
            sitk.WriteImage(image, str(folder / f"{file}.nii.gz"))
    cut = script("measure_predictor").cut(tmp_path, tmp_path / "exams", patients=2)
    assert cut == ["A", "B"], "the first by name"
    for name, slices in (("A", range(9)), ("B", range(7, 16))):
        t2w, gland = (read_image(tmp_path / "exams" / name / f"{file}.nrrd") for file in ("t2w", "gland"))
        assert sitk.GetArrayFromImage(t2w)[:, 0, 0].tolist() == list(slices)
        assert gland.GetOrigin() == t2w.GetOrigin()
        assert sitk.GetArrayFromImage(gland).any()
