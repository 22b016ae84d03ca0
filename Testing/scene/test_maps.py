"""A model's map as a coloured volume, see-through where it is low."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.reading import write_image
from QualityFinetuneLib.scene import names


def written(folder: Path, values: np.ndarray) -> Path:
    path = folder / "map.nrrd"
    write_image(sitk.GetImageFromArray(values.astype(np.float32)), path)
    return path


@pytest.mark.parametrize("highest", [0.6, 0.0])
def test_low_values_are_see_through_and_a_flat_map_is_no_failure(
    scene: Any, add_case: Any, oblique: Any, tmp_path: Path, highest: float
) -> None:
    from QualityFinetuneLib.scene.maps import HIDDEN_BELOW, add_map

    case = add_case(oblique)
    node = add_map(scene, case, written(tmp_path, np.linspace(0, highest, 60).reshape(3, 4, 5)), title="Uncertainty")
    display = node.GetDisplayNode()
    most = highest or 1.0
    assert display.GetApplyThreshold() and display.GetLowerThreshold() == pytest.approx(HIDDEN_BELOW * most)
    assert display.GetWindowLevelMax() == pytest.approx(most)
    assert node.GetAttribute(names.CASE_ID) == str(case.id)
    assert node.GetName().startswith("Uncertainty")
