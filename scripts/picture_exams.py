"""Exams to take pictures of: real ones where they are kept beside the checkout, else a simulated cohort."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
REAL_EXAMS = ("ProstateX-0000", "ProstateX-0002", "ProstateX-0005", "MIP-PROSTATE-01-0004")


def real_exams(folder: Path) -> Path | None:
    """A folder with a few real exams, or None where they are not beside the checkout."""
    named = os.environ.get("QUALITYFINETUNE_DATA")
    data = Path(named) if named else CHECKOUT.parent / "shared" / "data"
    cases = data / "prostate-mini" / "cases"
    if not cases.is_dir():
        return None
    folder.mkdir(parents=True)
    for name in REAL_EXAMS:
        if (cases / name).is_dir():
            shutil.copytree(cases / name, folder / name)
    return folder


def simulated_exams(folder: Path) -> Path:
    """A small simulated cohort."""
    from QualityFinetuneLib.cases.simulated import make_cohort

    make_cohort(folder, patients=6, seed=3, size=(224, 224, 22), spacing_mm=(0.6, 0.6, 3.0))
    return folder
