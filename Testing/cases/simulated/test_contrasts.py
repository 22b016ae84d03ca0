"""Simulated tissues look as radiologists know them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.simulated.anatomy import Tissue, draw_anatomy
from QualityFinetuneLib.cases.simulated.cohort import make_cohort
from QualityFinetuneLib.cases.simulated.contrasts import ideal
from QualityFinetuneLib.cases.simulated.shapes import Points


def read(path: Path) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


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


@pytest.mark.parametrize(
    ("role", "brighter", "darker"),
    [
        (Role.T2W, Tissue.BLADDER, Tissue.MUSCLE),
        (Role.T2W, Tissue.PERIPHERAL_ZONE, Tissue.FIBROMUSCULAR_STROMA),
        (Role.ADC, Tissue.BLADDER, Tissue.PERIPHERAL_ZONE),
        (Role.HBV, Tissue.PERIPHERAL_ZONE, Tissue.BLADDER),
        (Role.HBV, Tissue.MUSCLE, Tissue.FAT),
    ],
)
def test_tissues_are_ordered_by_contrast(role: Role, brighter: Tissue, darker: Tissue) -> None:
    axis = np.arange(-60.0, 60.0, 3.0, dtype=np.float32)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    points = Points(x, y, z)
    anatomy = draw_anatomy(np.random.default_rng(2))
    tissue, volume = anatomy.tissues(points), ideal(anatomy, points, role, np.random.default_rng(0))
    assert volume[tissue == brighter].mean() > volume[tissue == darker].mean()
    assert volume.dtype == np.float32
