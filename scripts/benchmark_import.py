#!/usr/bin/env python3
"""How fast is an exam read, brought to one grid and normalised, against the same with MONAI's transforms?

    python scripts/benchmark_import.py [EXAM] [--repeats N] [--json FILE]

EXAM is a folder of DICOM files with an axial T2w, an ADC and a high-b-value series, each in a folder of its own;
without it a simulated exam is written as DICOM. Both sides read the same files and take turns in one process: here
`cases.reading`, `cases.grid` and `cases.channels`; there the transforms of `import_with_monai.py`. MONAI is told
which files make which series; finding that out, which our import does too, is timed apart.

Both sides must give the same values at the same places. Their grids do not coincide: ours is centred on the T2w,
MONAI's starts at its first voxel, which lay 1.5 mm aside on a real exam. So our channels are made on MONAI's grid as
well, and correlated with MONAI's where linear interpolation has one meaning (`same_points.py`). The result is 1 but
for rounding; half a voxel aside, any channel of any exam tried stays below 0.9994, and a flip below 0.66.
Exits with 1 when ours is not faster, finding the series included, when a channel correlates by less than 0.9999, or
when corners of the two timed grids lie further apart than the T2w's slices.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import benchmarking
import numpy as np
import SimpleITK as sitk
from import_with_monai import WithMonai, monai_pipeline
from same_points import corners_apart_mm, correlation, inside
from simulated_exam import simulated_dicom

from QualityFinetuneLib.cases.channels import channels
from QualityFinetuneLib.cases.found import FoundSeries
from QualityFinetuneLib.cases.grid import PROFOUND_SIZE, PROFOUND_SPACING_MM, profound_grid
from QualityFinetuneLib.cases.reading import read_series
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.scan import scan

ROLES = (Role.T2W, Role.HBV, Role.ADC)
LEAST_CORRELATION = 0.9999


def main() -> int:
    """Compare, print, and return 0 when all promises hold."""
    options = _arguments()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(options.threads)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.exam or simulated_dicom(Path(temporary))
        found = compare(folder, repeats=options.repeats, threads=options.threads)
    rows: list[dict[str, Any]] = [
        {"text": f"{name:34} {found[key]:7.3f} s"}
        for name, key in (
            ("MONAI: read, grid, normalise", "monai_s"),
            ("here: read, grid, normalise", "ours_s"),
            ("here: find, read, grid, normalise", "with_scan_s"),
        )
    ]
    rows[-1]["promises"] = promises(found)
    results = {
        "machine": benchmarking.machine(threads=options.threads),
        "exam": options.exam.name if options.exam else "simulated",
        **found,
    }
    return benchmarking.finish(results, rows, json_file=options.json)


def promises(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What `compare` found against what must hold."""
    faster, with_scan = (found["monai_s"] / found[key] for key in ("ours_s", "with_scan_s"))
    return [
        benchmarking.promise("times as fast", faster, at_least=1.0),
        benchmarking.promise("times as fast, finding included", with_scan, at_least=1.0),
        *(
            benchmarking.promise(f"correlation of {role} at the same points", value, at_least=LEAST_CORRELATION)
            for role, value in found["correlation"].items()
        ),
        benchmarking.promise(
            "mm between corners of the grids", found["corners_apart_mm"], at_most=found["slices_apart_mm"]
        ),
    ]


def compare(
    folder: Path,
    *,
    repeats: int,
    threads: int,
    size: tuple[int, int, int] = PROFOUND_SIZE,
    spacing_mm: tuple[float, float, float] = PROFOUND_SPACING_MM,
) -> dict[str, Any]:
    """Median seconds of both sides, and how well they agree."""
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
            work()
            took[key].append(time.perf_counter() - began)
    return {
        "files": sum(len(one.paths) for one in series.values()),
        "repeats": repeats,
        **{key: statistics.median(seconds[1:]) for key, seconds in took.items()},
        **agreement(series, theirs(), size=size, spacing_mm=spacing_mm),
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


def agreement(
    series: Mapping[Role, FoundSeries],
    theirs: WithMonai,
    *,
    size: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
) -> dict[str, Any]:
    """The correlation of each channel at MONAI's points, and how far the two timed grids lie apart."""
    images = {role: read_series(one) for role, one in series.items()}
    t2w = images[Role.T2W]
    here = channels(images, tuple(series), theirs.grid)[0]
    return {
        "correlation": {
            role.value: correlation(mine, other, within=inside(images[role], theirs.grid))
            for role, mine, other in zip(series, here, theirs.image, strict=True)
        },
        "corners_apart_mm": corners_apart_mm(profound_grid(t2w, size=size, spacing_mm=spacing_mm), theirs.grid),
        "slices_apart_mm": t2w.GetSpacing()[2],
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exam", type=Path, nargs="?", help="folder with the DICOM files of one exam")
    benchmarking.add_arguments(parser, repeats=5)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
