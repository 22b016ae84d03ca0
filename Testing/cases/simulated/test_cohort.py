"""The simulated cohort is deterministic, says that it is simulated, and its masks fit its images."""

from __future__ import annotations

from pathlib import Path

import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.simulated.cohort import make_cohort
from QualityFinetuneLib.cases.simulated.recipe import load_recipe
from QualityFinetuneLib.common.files import sha256_of

SMALL = {"size": (64, 64, 10), "spacing_mm": (1.6, 1.6, 4.0)}


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
