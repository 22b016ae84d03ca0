"""A simulated exam as DICOM files, for benchmarks that need no patient's images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from QualityFinetuneLib.cases.reading import read_image
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.simulated.cohort import make_cohort

DESCRIPTIONS = {Role.T2W: "t2_tse_tra", Role.HBV: "ep2d_diff_tra_b1400", Role.ADC: "ep2d_diff_tra_ADC"}
STUDY = "1.2.826.0.1.3680043.8.498.1"


def simulated_dicom(folder: Path, *, size: tuple[int, int, int] = (320, 320, 24)) -> Path:
    """Write one exam below `folder`, one series a folder; the folder that holds them all."""
    make_cohort(folder / "nrrd", patients=1, low_quality_share=0.0, size=size, spacing_mm=(0.5, 0.5, 3.0))
    exam = next((folder / "nrrd").iterdir())
    for number, role in enumerate(DESCRIPTIONS, start=1):
        place = folder / "dicom" / f"{number}-{role.value}"
        place.mkdir(parents=True)
        _write_series(read_image(exam / f"{role.value}.nrrd"), place, role=role, number=number)
    return folder / "dicom"


def _write_series(image: sitk.Image, place: Path, *, role: Role, number: int) -> None:
    values = np.clip(np.rint(sitk.GetArrayFromImage(image)), 0, 32767).astype(np.int16)
    direction = np.reshape(image.GetDirection(), (3, 3))
    for index, plane in enumerate(values):
        corner = image.TransformIndexToPhysicalPoint((0, 0, index))
        slice_image = sitk.GetImageFromArray(plane[None])
        slice_image.SetSpacing(image.GetSpacing())
        tags = {
            "0008|0060": "MR",
            "0008|0008": "DERIVED\\PRIMARY\\AXIAL" if role is not Role.T2W else "ORIGINAL\\PRIMARY\\AXIAL",
            "0008|103e": DESCRIPTIONS[role],
            "0010|0020": "Simulated-0001",
            "0018|0050": f"{image.GetSpacing()[2]:g}",
            "0020|000d": STUDY,
            "0020|000e": f"{STUDY}.{number}",
            "0020|0011": str(number),
            "0020|0013": str(index + 1),
            "0020|0032": "\\".join(f"{value:.6f}" for value in corner),
            "0020|0037": "\\".join(f"{value:.6f}" for value in direction[:, :2].T.ravel()),
        }
        for tag, value in tags.items():
            slice_image.SetMetaData(tag, value)
        writer = sitk.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        writer.SetFileName(str(place / f"{index:03d}.dcm"))
        writer.Execute(slice_image)
