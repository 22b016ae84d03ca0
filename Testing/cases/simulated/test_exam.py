"""Files of one simulated exam fit together in physical space."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.simulated.exam import write_exam
from QualityFinetuneLib.cases.simulated.recipe import draw_recipe, load_recipe


def read(path: Path) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def test_masks_lie_on_the_t2w_grid_and_diffusion_on_its_own_coarser_one(cohort: Path) -> None:
    for case in sorted(cohort.iterdir()):
        t2w = sitk.ReadImage(str(case / "t2w.nrrd"))
        adc = sitk.ReadImage(str(case / "adc.nrrd"))
        hbv = sitk.ReadImage(str(case / "hbv.nrrd"))
        for name in ("gland", "zones", "lesion"):
            mask = sitk.ReadImage(str(case / f"{name}.nrrd"))
            assert mask.GetPixelID() == sitk.sitkUInt8
            assert (mask.GetSize(), mask.GetSpacing(), mask.GetOrigin(), mask.GetDirection()) == (
                t2w.GetSize(),
                t2w.GetSpacing(),
                t2w.GetOrigin(),
                t2w.GetDirection(),
            )
        assert adc.GetSize() == hbv.GetSize() != t2w.GetSize()
        assert adc.GetSpacing()[0] > t2w.GetSpacing()[0]
        assert abs(np.array(t2w.GetDirection()).reshape(3, 3) - np.eye(3)).max() > 0.01, "slices are oblique"
        assert np.linalg.det(np.array(t2w.GetDirection()).reshape(3, 3)) == pytest.approx(1.0)


def test_zones_fill_the_gland_and_lesions_lie_in_it(cohort: Path) -> None:
    for case in sorted(cohort.iterdir()):
        gland, zones, lesion = (read(case / f"{name}.nrrd") for name in ("gland", "zones", "lesion"))
        assert ((zones > 0) == (gland > 0)).all()
        assert set(np.unique(zones)) == {0, 1, 2}
        assert not lesion[gland == 0].any()
        recipe = load_recipe(case)
        assert recipe is not None
        assert 15 < recipe.gland_volume_ml < 90
        assert (lesion.any()) == (recipe.lesions > 0)


def test_severe_exams_have_thick_slices_in_the_same_field_of_view(tmp_path: Path) -> None:
    for name, severity in (("thin", 0.1), ("thick", 0.9)):
        recipe = draw_recipe(patient=name, seed=3, quality="low", severity=severity, spacing_z_mm=3.0, version="x")
        write_exam(tmp_path / name, recipe, size=(48, 48, 12), spacing_mm=(2.0, 2.0, 3.0))
    thin, thick = (sitk.ReadImage(str(tmp_path / name / "t2w.nrrd")) for name in ("thin", "thick"))
    assert (thin.GetSize(), thick.GetSize()) == ((48, 48, 12), (48, 48, 8))
    assert thick.GetSpacing()[2] == pytest.approx(4.5)
    assert thick.GetSize()[2] * thick.GetSpacing()[2] == pytest.approx(thin.GetSize()[2] * thin.GetSpacing()[2])
