#!/usr/bin/env python3
"""How fast is taps_gland here, against the package's own pipeline in the same run, and are the masks the same?

    python -m pip install nibabel        # the package reads and writes its files with it
    python scripts/benchmark_gland.py [DATA] [CASE ...] [--precision P] [--threads N] [--repeats N] [--json FILE]
        [--same-environment]

For each case the package's own code (`taps.inference.segment`, ONNX Runtime) and this engine take turns, both from
the file of the T2w to the file of the mask, with the same number of threads and with their network loaded already.
Each works in a process of its own: the package in the environment as it is, ours in that of the engine's worker,
which keeps freed memory; --same-environment gives both that of the worker. Medians over the turns count, because a
single turn tells little on a machine that does something else too.

Prints times, their ratio, the Dice of the two masks, and the Dice of each with the PI-CAI mask where there is one.
Without cases: every T2w under DATA/prostate-mini/cases. Exits with 1 when the ratio of any case is above 0.35 or a
mask agrees less than 0.995.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import benchmarking
import numpy as np
import SimpleITK as sitk

from QualityFinetuneLib.engine.client.python import child_environment

MOST_TIME, LEAST_DICE = 0.35, 0.995
SIDES = ("package", "ours")


def main() -> int:
    """Measure, print, and return 0 when both promises hold for every case."""
    options = _arguments()
    data = options.data / "prostate-mini"
    options.cases = options.cases or sorted(path.parent.name for path in data.glob("cases/*/t2w.nii.gz"))
    if options.side:
        _serve(options)
        return 0
    rows = []
    print("case                   package s  ours s   ratio     Dice   PI-CAI: package   ours")
    with (
        tempfile.TemporaryDirectory() as scratch,
        _side("package", options, scratch) as package,
        _side("ours", options, scratch) as ours,
    ):
        for side in (package, ours):  # what only the first run pays
            side.run()
        for name in options.cases:
            turns = [{"package": package.run(), "ours": ours.run()} for _ in range(options.repeats)]
            rows.append(row_of(name, turns, data / "labels-nc" / name / "picai_gland_bosma22b.nii.gz"))
            print(told(rows[-1]), flush=True)
    results = {
        "machine": benchmarking.machine(threads=options.threads),
        "repeats": options.repeats,
        "precision": options.precision,
        "same_environment": options.same_environment,
        "cases": rows,
    }
    return benchmarking.finish(results, [summary_of(rows)], json_file=options.json)


def row_of(name: str, turns: Sequence[Mapping[str, Any]], reference: Path) -> dict[str, Any]:
    """Medians of a case's turns, its ratio, and how well its masks agree."""
    from QualityFinetuneLib.engine.worker.overlap import dice

    masks = {side: _mask(Path(turns[-1][side]["mask"])) for side in SIDES}
    row: dict[str, Any] = {"case": name, "dice": dice(*masks.values())}
    for side in SIDES:
        seconds = [turn[side]["seconds"] for turn in turns]
        row |= {f"{side}_s": statistics.median(seconds), f"{side}_turns_s": seconds}
        row[f"{side}_mib"] = max(turn[side]["peak_mib"] - turn[side]["before_mib"] for turn in turns)
    row["ratio"] = row["ours_s"] / row["package_s"]
    if reference.is_file():
        judged = _mask(reference)
        row |= {f"picai_{side}": dice(judged, mask) for side, mask in masks.items()}
    return row


def told(row: Mapping[str, Any]) -> str:
    """A case's line."""
    judged = f"{row['picai_package']:17.4f} {row['picai_ours']:7.4f}" if "picai_ours" in row else ""
    return (
        f"{row['case']:24}{row['package_s']:8.2f}{row['ours_s']:8.2f}{row['ratio']:8.3f}{row['dice']:9.4f} {judged}"
    )


def summary_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Medians over the cases, and both promises for the worst of them."""
    package_s, ours_s, ratio = (
        statistics.median(row[key] for row in rows) for key in ("package_s", "ours_s", "ratio")
    )
    memory = {side: max(row[f"{side}_mib"] for row in rows) for side in SIDES}
    return {
        "text": f"median {package_s:25.2f}{ours_s:8.2f}{ratio:8.3f}   "
        f"memory {memory['package']:.0f} and {memory['ours']:.0f} MiB",
        "median_ratio": ratio,
        "promises": [
            benchmarking.promise("highest ratio of a case", max(row["ratio"] for row in rows), at_most=MOST_TIME),
            benchmarking.promise(
                "lowest Dice with the package", min(row["dice"] for row in rows), at_least=LEAST_DICE
            ),
        ],
    }


def _side(name: str, options: argparse.Namespace, scratch: str) -> benchmarking.Side:
    command = [sys.executable, str(Path(__file__).resolve()), "--side", name, "--scratch", scratch]
    command += ["--threads", str(options.threads), "--repeats", str(options.repeats)]
    command += ["--precision", options.precision, str(options.data), *options.cases]
    plain = name == "package" and not options.same_environment
    return benchmarking.Side(
        command, environment=dict(os.environ) if plain else child_environment(Path(sys.executable))
    )


def _serve(options: argparse.Namespace) -> None:
    """A side: the first case once to warm up, then each case as often as asked."""
    import gland_pipelines

    from QualityFinetuneLib.engine.worker.device import prepare_device

    device = prepare_device("cpu", threads=options.threads)
    before_mib = benchmarking.resident_mib()
    if options.side == "package":
        pipeline = gland_pipelines.package_pipeline(options.threads)
    else:
        pipeline = gland_pipelines.engine_pipeline(options.precision, device)
    order = iter([options.cases[0], *(name for name in options.cases for _ in range(options.repeats))])

    def work() -> dict[str, Any]:
        t2w = options.data / "prostate-mini" / "cases" / next(order) / "t2w.nii.gz"
        return {"mask": str(pipeline(t2w, options.scratch))}

    benchmarking.serve(work, before_mib=before_mib)


def _mask(path: Path) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path))) > 0


def _arguments() -> argparse.Namespace:
    beside = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "data", type=Path, nargs="?", default=Path(os.environ.get("QUALITYFINETUNE_DATA", beside)), help="data folder"
    )
    parser.add_argument("cases", nargs="*", help="names of cases; all by default")
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto")
    parser.add_argument("--same-environment", action="store_true", help="the package in the worker's too")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    benchmarking.add_arguments(parser, repeats=3)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
