#!/usr/bin/env python3
"""How fast is an exam read, brought to one grid and normalised, against the same with MONAI's transforms?

    python scripts/benchmark_import.py [EXAM] [--repeats N] [--json FILE]

EXAM is a folder of DICOM files with an axial T2w, an ADC and a high-b-value series, each in a folder of its own;
without it a simulated exam is written as DICOM. Both sides read the same files and take turns in one process: here
`cases.reading`, `cases.grid` and `cases.channels`; there LoadImaged, EnsureChannelFirstd, Orientationd, Spacingd,
ResampleToMatchd, NormalizeIntensityd(nonzero) and ResizeWithPadOrCropd. MONAI is told which files make which series;
finding that out, which our import does too, is timed apart. Results are compared by correlation: MONAI's grid starts
at the first voxel and ours at the centre, so voxels lie up to half a voxel apart.
Exits with 1 when ours is not faster, finding the series included, or when a channel correlates by less than 0.95.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import benchmarking
import numpy as np
import SimpleITK as sitk

from QualityFinetuneLib.cases.channels import channels
from QualityFinetuneLib.cases.found import FoundSeries
from QualityFinetuneLib.cases.grid import PROFOUND_SIZE, PROFOUND_SPACING_MM, profound_grid
from QualityFinetuneLib.cases.reading import read_image, read_series
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.scan import scan
from QualityFinetuneLib.cases.simulated.cohort import make_cohort

ROLES = (Role.T2W, Role.HBV, Role.ADC)
LEAST_CORRELATION = 0.95
DESCRIPTIONS = {Role.T2W: "t2_tse_tra", Role.HBV: "ep2d_diff_tra_b1400", Role.ADC: "ep2d_diff_tra_ADC"}


def main() -> int:
    """Compare, print, and return 0 when both promises hold."""
    options = _arguments()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(options.threads)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.exam or simulated_dicom(Path(temporary))
        found = compare(folder, repeats=options.repeats, threads=options.threads)
    rows = [
        {
            "text": f"{name:34} {found[key]:7.3f} s",
            "promises": [],
        }
        for name, key in (
            ("MONAI: read, grid, normalise", "monai_s"),
            ("here: read, grid, normalise", "ours_s"),
            ("here: find, read, grid, normalise", "with_scan_s"),
        )
    ]
    rows[-1]["promises"] = [
        benchmarking.promise("times as fast", found["monai_s"] / found["ours_s"], at_least=1.0),
        benchmarking.promise(
            "times as fast, finding included", found["monai_s"] / found["with_scan_s"], at_least=1.0
        ),
        *(
            benchmarking.promise(f"correlation of {role}", value, at_least=LEAST_CORRELATION)
            for role, value in found["correlation"].items()
        ),
    ]
    results = {
        "machine": benchmarking.machine(threads=options.threads),
        "exam": options.exam.name if options.exam else "simulated",
        **found,
    }
    return benchmarking.finish(results, rows, json_file=options.json)


def compare(
    folder: Path,
    *,
    repeats: int,
    threads: int,
    size: tuple[int, int, int] = PROFOUND_SIZE,
    spacing_mm: tuple[float, float, float] = PROFOUND_SPACING_MM,
) -> dict[str, Any]:
    """Median seconds of both sides, and the correlation of each channel inside both fields of view."""
    import torch

    torch.set_num_threads(threads)
    series = series_of(folder)
    theirs = monai_pipeline(series, size=size, spacing_mm=spacing_mm)
    took: dict[str, list[float]] = {"ours_s": [], "monai_s": [], "with_scan_s": []}
    for _ in range(repeats + 1):
        for key, work in (
            ("ours_s", lambda: ours(series, size=size, spacing_mm=spacing_mm)),
            ("monai_s", theirs),
            ("with_scan_s", lambda: ours(series_of(folder), size=size, spacing_mm=spacing_mm)),
        ):
            began = time.perf_counter()
            result = work()
            took[key].append(time.perf_counter() - began)
            if key == "ours_s":
                here = result
            elif key == "monai_s":
                there = result
    return {
        "files": sum(len(one.paths) for one in series.values()),
        "repeats": repeats,
        **{key: statistics.median(seconds[1:]) for key, seconds in took.items()},
        "correlation": {
            role.value: correlation(mine, other) for role, mine, other in zip(series, here, there, strict=True)
        },
    }


def series_of(folder: Path) -> dict[Role, FoundSeries]:
    """The series of the first exam in `folder`, in the order of channels."""
    cases = scan(folder).cases
    if not cases or any(cases[0].first(role) is None for role in ROLES):
        sys.exit(f"{folder} needs an exam with an axial T2w, an ADC and a high-b-value series.")
    return {role: found for role in ROLES if (found := cases[0].first(role)) is not None}


def ours(
    series: Mapping[Role, FoundSeries], *, size: tuple[int, int, int], spacing_mm: tuple[float, float, float]
) -> np.ndarray:
    """Channels (C, D, H, W) as the engine makes them."""
    images = {role: read_series(one) for role, one in series.items()}
    grid = profound_grid(images[Role.T2W], size=size, spacing_mm=spacing_mm)
    return channels(images, tuple(series), grid)[0]


def monai_pipeline(
    series: Mapping[Role, FoundSeries], *, size: tuple[int, int, int], spacing_mm: tuple[float, float, float]
) -> Callable[[], np.ndarray]:
    """The same with MONAI's transforms."""
    from monai.transforms.compose import Compose
    from monai.transforms.croppad.dictionary import ResizeWithPadOrCropd
    from monai.transforms.intensity.dictionary import NormalizeIntensityd
    from monai.transforms.io.dictionary import LoadImaged
    from monai.transforms.spatial.dictionary import Orientationd, ResampleToMatchd, Spacingd
    from monai.transforms.utility.dictionary import ConcatItemsd, EnsureChannelFirstd

    keys = [role.value for role in series]
    others = [key for key in keys if key != Role.T2W.value]
    transform = Compose(
        [
            LoadImaged(keys, reader="PydicomReader"),
            EnsureChannelFirstd(keys),
            Orientationd(keys, axcodes="LPS", labels=(("L", "R"), ("P", "A"), ("I", "S"))),
            Spacingd(Role.T2W.value, pixdim=spacing_mm, mode="bilinear"),
            ResampleToMatchd(others, key_dst=Role.T2W.value, mode="bilinear", padding_mode="zeros"),
            NormalizeIntensityd(keys, nonzero=True, channel_wise=True),
            ResizeWithPadOrCropd(keys, spatial_size=size),
            ConcatItemsd(keys, name="image"),
        ]
    )
    # Told one by one, the files of a series would become channels.
    files = {role.value: str(one.paths[0].parent) for role, one in series.items()}

    def work() -> np.ndarray:
        image = transform(dict(files))["image"].numpy()
        return np.ascontiguousarray(image.transpose(0, 3, 2, 1))

    return work


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson's, over the voxels that neither side left empty."""
    both = (first != 0) & (second != 0)
    return float(np.corrcoef(first[both], second[both])[0, 1])


def simulated_dicom(folder: Path, *, size: tuple[int, int, int] = (320, 320, 24)) -> Path:
    """A simulated exam as DICOM files, one series a folder."""
    make_cohort(folder / "nrrd", patients=1, low_quality_share=0.0, size=size, spacing_mm=(0.5, 0.5, 3.0))
    exam = next((folder / "nrrd").iterdir())
    study = "1.2.826.0.1.3680043.8.498.1"
    for number, role in enumerate(ROLES, start=1):
        image = read_image(exam / f"{role.value}.nrrd")
        values = np.clip(np.rint(sitk.GetArrayFromImage(image)), 0, 32767).astype(np.int16)
        direction = np.reshape(image.GetDirection(), (3, 3))
        place = folder / "dicom" / f"{number}-{role.value}"
        place.mkdir(parents=True)
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
                "0020|000d": study,
                "0020|000e": f"{study}.{number}",
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
    return folder / "dicom"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exam", type=Path, nargs="?", help="folder with the DICOM files of one exam")
    benchmarking.add_arguments(parser, repeats=5)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
