"""The simulated cohort is deterministic, says that it is simulated, and its masks fit its images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.simulated.cohort import make_cohort
from QualityFinetuneLib.cases.simulated.recipe import load_recipe
from QualityFinetuneLib.common.files import sha256_of

SMALL = {"size": (64, 64, 10), "spacing_mm": (1.6, 1.6, 4.0)}


def read(path: Path) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def test_the_same_seed_gives_the_same_files_and_another_seed_gives_others(tmp_path: Path) -> None:
    make_cohort(tmp_path / "a", patients=2, seed=5, **SMALL)
    make_cohort(tmp_path / "b", patients=2, seed=5, **SMALL)
    make_cohort(tmp_path / "c", patients=2, seed=6, **SMALL)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert len(files) == 2 * 7
    for file in files:
        assert sha256_of(tmp_path / "a" / file) == sha256_of(tmp_path / "b" / file), file
    t2w = Path("Simulated-0001") / "t2w.nrrd"
    assert sha256_of(tmp_path / "a" / t2w) != sha256_of(tmp_path / "c" / t2w)


def test_every_image_says_in_its_header_that_it_is_simulated(cohort: Path) -> None:
    images = sorted(cohort.rglob("*.nrrd"))
    assert len(images) == 6 * 6
    for path in images:
        image = sitk.ReadImage(str(path))
        assert image.GetMetaData("simulated") == "true"
        assert image.GetMetaData("content").startswith("simulated")
    assert all("simulated" in path.read_text().lower() for path in cohort.rglob("*.yaml"))


@pytest.mark.parametrize(("share", "low"), [(0.0, 0), (0.5, 2), (1.0, 4)])
def test_the_asked_share_of_patients_has_low_quality(tmp_path: Path, share: float, low: int) -> None:
    make_cohort(tmp_path, patients=4, low_quality_share=share, **SMALL)
    recipes = [load_recipe(folder) for folder in sorted(tmp_path.iterdir())]
    assert sum(recipe.quality == "low" for recipe in recipes if recipe) == low
    for recipe in recipes:
        assert recipe is not None
        assert (recipe.severity >= 0.6) == (recipe.quality == "low")


def test_progress_counts_the_patients(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    make_cohort(tmp_path, patients=2, progress=lambda done, total: seen.append((done, total)), **SMALL)
    assert seen == [(1, 2), (2, 2)]


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


def test_zones_and_lesions_have_the_contrasts_that_radiologists_know(tmp_path: Path) -> None:
    make_cohort(tmp_path, patients=4, seed=1, low_quality_share=0.0, size=(96, 96, 14), spacing_mm=(1.0, 1.0, 3.0))
    with_lesion = 0
    for case in sorted(tmp_path.iterdir()):
        t2w = sitk.ReadImage(str(case / "t2w.nrrd"))
        zones, lesion = read(case / "zones.nrrd"), read(case / "lesion.nrrd").astype(bool)
        on_t2w = {
            name: sitk.GetArrayFromImage(sitk.Resample(sitk.ReadImage(str(case / f"{name}.nrrd")), t2w))
            for name in ("t2w", "adc", "hbv")
        }
        pz, tz = (zones == 1) & ~lesion, (zones == 2) & ~lesion
        assert on_t2w["t2w"][pz].mean() > 1.3 * on_t2w["t2w"][tz].mean()
        if lesion.any():
            with_lesion += 1
            healthy = (zones > 0) & ~lesion
            assert on_t2w["t2w"][lesion].mean() < 0.8 * on_t2w["t2w"][pz].mean()
            assert on_t2w["adc"][lesion].mean() < 0.8 * on_t2w["adc"][healthy].mean()
            assert on_t2w["hbv"][lesion].mean() > 1.2 * on_t2w["hbv"][healthy].mean()
    assert with_lesion > 0
