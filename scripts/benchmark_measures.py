#!/usr/bin/env python3
"""How fast are the measures, against the `mrqy` package on the same series in the same run?

    python -m pip install --no-deps --target FOLDER mrqy==0.0.3
    python scripts/benchmark_measures.py FOLDER [--series DICOM_FOLDER] [--repeats N] [--json]

FOLDER may also come from the environment variable MRQY_FOLDER. Both sides measure MRQy's fifteen on the same slices,
taking turns; the medians of their times, on the clock and of the processor, their ratio and the largest relative
difference of the values are printed, and the time of the full `measure()`. Without --series, 26 slices of 512 x 512
are simulated, a body with air around it.
Exits with 1 when the ratio is below 10 or a value differs by more than one part in a thousand. The package's code is
used as it is; what newer versions of scikit-image no longer have is put back while it is imported.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import os
import statistics
import sys
import time
import types
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.measures import measure
from QualityFinetuneLib.quality.measures.mrqy import measure_slices
from QualityFinetuneLib.quality.measures.mrqy_slice import FIFTEEN

SIZE = (26, 512, 512)
SPACING_MM = (0.2734375, 0.2734375, 3.0)
LEAST_RATIO = 10.0
TOLERANCE = 1e-3
THEIR_NAMES = {"MEAN": "Mean", "RNG": "Range", "VAR": "Variance"}


def main() -> int:
    """Measure, print, and return 0 when both promises hold."""
    options = _arguments()
    theirs = load_mrqy(options.mrqy)
    slices = read_slices(options.series) if options.series else simulated_slices()
    results = compare(slices, theirs, repeats=options.repeats)
    results["series"] = options.series.name if options.series else "simulated"
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        _print(results)
    return 0 if results["ratio"] >= LEAST_RATIO and results["largest_difference"] <= TOLERANCE else 1


def compare(slices: np.ndarray, theirs: types.ModuleType, *, repeats: int) -> dict[str, Any]:
    """Median seconds of both, their ratio, the largest relative difference, and the time of `measure()`."""
    ours, theirs_took, full_took = [], [], []
    image = sitk.GetImageFromArray(slices.astype(np.int32))
    image.SetSpacing(SPACING_MM)
    measure_slices(slices[:2], version="0.0.3")  # imports and caches are nobody's time
    for _ in range(repeats):
        took, mine = _timed(lambda: measure_slices(slices, version="0.0.3"))
        ours.append(took)
        took, published = _timed(lambda: run_mrqy(slices, theirs, FIFTEEN))
        theirs_took.append(took)
        full_took.append(_timed(lambda: measure(image, role=Role.T2W))[0])
    wall, processor = ([statistics.median(one[i] for one in side) for side in (ours, theirs_took)] for i in (0, 1))
    differences = {name: _relative(one.value, published[name]) for name, one in mine.items() if one.defined}
    return {
        "slices": list(slices.shape),
        "repeats": repeats,
        "ours_s": wall[0],
        "mrqy_s": wall[1],
        "ratio": wall[1] / wall[0],
        "ours_processor_s": processor[0],
        "mrqy_processor_s": processor[1],
        "processor_ratio": processor[1] / processor[0],
        "full_measure_s": statistics.median(one[0] for one in full_took),
        "full_measure_processor_s": statistics.median(one[1] for one in full_took),
        "compared": sorted(differences),
        "not_defined": {name: one.why for name, one in mine.items() if not one.defined},
        "largest_difference": max(differences.values()),
    }


def run_mrqy(slices: np.ndarray, theirs: types.ModuleType, names: Sequence[str]) -> dict[str, float]:
    """MRQy's fifteen by its own function, one after another as its command does."""
    volume = (slices.astype(np.int64), {"ID": "benchmark"})
    with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return {name: float(theirs.vol(volume, 1, THEIR_NAMES.get(name, name), "", "False")) for name in names}


def load_mrqy(folder: Path) -> types.ModuleType:
    """The package's module of measures, with scikit-image's `square` put back if it is gone."""
    import skimage.morphology

    if not hasattr(skimage.morphology, "square"):
        skimage.morphology.square = lambda width: np.ones((width, width), np.uint8)
    path = folder / "mrqy" / "QCF.py"
    spec = importlib.util.spec_from_file_location("mrqy_qcf", path) if path.is_file() else None
    if spec is None or spec.loader is None:
        sys.exit(f"{path} is not there; install mrqy into this folder as the head of this script tells.")
    module = importlib.util.module_from_spec(spec)
    # It touches matplotlib only to write pictures that are not asked for.
    import matplotlib

    matplotlib.use("Agg")
    spec.loader.exec_module(module)
    return module


def read_slices(folder: Path) -> np.ndarray:
    """Stored grey levels of a DICOM series, in the order of the instance numbers."""
    import pydicom

    read = [pydicom.dcmread(path) for path in sorted(folder.rglob("*.dcm"))]
    return np.stack([one.pixel_array for one in sorted(read, key=lambda one: int(one.InstanceNumber))])


def simulated_slices() -> np.ndarray:
    """A body of fat, muscle and a gland with noise, in air with noise: 26 slices of 512 x 512."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[-1 : 1 : SIZE[1] * 1j, -1 : 1 : SIZE[2] * 1j]
    slices = np.zeros(SIZE, np.uint16)
    for z in range(SIZE[0]):
        plane = 350.0 * ((x / 0.9) ** 2 + (y / 0.75) ** 2 < 1)
        plane[(x / 0.7) ** 2 + (y / 0.55) ** 2 < 1] = 90
        plane[(x / 0.25) ** 2 + ((y - 0.1) / (0.15 + 0.004 * z)) ** 2 < 1] = 220
        noise = rng.normal(0, 12, (2, *plane.shape))
        slices[z] = np.hypot(plane + noise[0], noise[1])
    return slices


def _relative(ours: float, theirs: float) -> float:
    return abs(ours - theirs) / max(abs(ours), abs(theirs)) if ours != theirs else 0.0


def _timed(work: Callable[[], Any]) -> tuple[tuple[float, float], Any]:
    """Seconds on the clock and of the processor, which other work on the machine does not stretch; the result."""
    start, processor = time.perf_counter(), time.process_time()
    result = work()
    return (time.perf_counter() - start, time.process_time() - processor), result


def _print(results: dict[str, Any]) -> None:
    print(f"series {results['series']}, {results['slices']}, medians of {results['repeats']}, clock (processor)")
    for words, key in (
        ("mrqy 0.0.3, 15 measures", "mrqy"),
        ("here, the same 15", "ours"),
        ("here, full measure()", "full_measure"),
    ):
        print(f"{words:28} {results[key + '_s']:8.2f} s ({results[key + '_processor_s']:.2f} s)")
    print(f"{'times as fast':28} {results['ratio']:8.1f}   ({results['processor_ratio']:.1f})")
    print(f"largest relative difference {results['largest_difference']:.1e} in {len(results['compared'])} measures")
    for name, why in results["not_defined"].items():
        print(f"not defined: {name}. {why}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    named = os.environ.get("MRQY_FOLDER")
    parser.add_argument("mrqy", type=Path, nargs="?", default=Path(named) if named else None)
    parser.add_argument("--series", type=Path, help="folder with one DICOM series")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.mrqy is None:
        parser.error("name the folder into which mrqy was installed, or set MRQY_FOLDER")
    return options


if __name__ == "__main__":
    sys.exit(main())
