"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A shared, noisy machine: how long an example takes says nothing about the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

CHECKOUT = Path(__file__).resolve().parents[1]


def real_data_folder() -> Path | None:
    """The folder with real exams: `QUALITYFINETUNE_DATA`, or `shared/data` beside the checkout."""
    named = os.environ.get("QUALITYFINETUNE_DATA")
    folder = Path(named) if named else CHECKOUT.parent / "shared" / "data"
    return folder if (folder / "prostate-mini" / "cases.csv").is_file() else None


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real exams; the test is skipped where they are absent."""
    folder = real_data_folder()
    if folder is None:
        pytest.skip("the real exams are not beside this checkout; set QUALITYFINETUNE_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def prostate_mini(real_data: Path) -> Path:
    """Seventeen real patients, two of them also as original DICOM."""
    return real_data / "prostate-mini"


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of six simulated exams, 96 x 96 x 14 voxels of 1 x 1 x 3 mm, half of them of low quality. Read only."""
    from QualityFinetuneLib.cases.simulated import make_cohort

    folder = tmp_path_factory.mktemp("cohort") / "Simulated"
    make_cohort(folder, patients=6, seed=0, size=(96, 96, 14), spacing_mm=(1.0, 1.0, 3.0))
    return folder


@pytest.fixture(autouse=True)
def no_resources_of_the_users(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may keep tasks and cards of their own; they are not what is tested."""
    monkeypatch.setenv("QUALITYFINETUNE_RESOURCES", str(tmp_path_factory.getbasetemp() / "no-resources"))
