#!/usr/bin/env python3
"""How fast is taps_gland here, against the package's own pipeline in the same run, and are the masks the same?

    python -m pip install nibabel        # the package reads and writes its files with it
    python scripts/benchmark_gland.py [DATA] [CASE ...] [--precision P] [--threads N] [--repeats N] [--json FILE]

For each case the package's own code (`taps.inference.segment`, ONNX Runtime) and this engine take turns, both from
the file of the T2w to the file of the mask, with the same number of threads and with their network loaded already.
Prints times, their ratio, the Dice of the two masks, and the Dice of each with the PI-CAI mask where there is one.
Without cases: every T2w under DATA/prostate-mini/cases. Exits with 1 when the median ratio is above 0.35 or a mask
agrees less than 0.995.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
import torch

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, ModelChoice, PredictJob
from QualityFinetuneLib.engine.worker.context import JobContext
from QualityFinetuneLib.engine.worker.device import prepare_device
from QualityFinetuneLib.engine.worker.network import network_to_predict
from QualityFinetuneLib.engine.worker.overlap import dice
from QualityFinetuneLib.engine.worker.precision import format_of
from QualityFinetuneLib.engine.worker.predict import predict_cases
from QualityFinetuneLib.models.registry import card, weights_path

MOST_TIME, LEAST_DICE = 0.35, 0.995


def main() -> int:
    """Measure, print, and return 0 when both promises hold."""
    options = _arguments()
    folder = options.data / "prostate-mini"
    names = options.cases or sorted(path.parent.name for path in folder.glob("cases/*/t2w.nii.gz"))
    device = prepare_device("cpu", threads=options.threads)
    theirs, ours = package_pipeline(options.threads), engine(options.precision, device)
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        _turns(
            folder / "cases" / names[0] / "t2w.nii.gz", Path(scratch), theirs, ours
        )  # what only the first run pays
        for name in names:
            t2w = folder / "cases" / name / "t2w.nii.gz"
            turns = [_turns(t2w, Path(scratch), theirs, ours) for _ in range(options.repeats)]
            rows.append(_row(name, turns, folder / "labels-nc" / name / "picai_gland_bosma22b.nii.gz"))
            _print_row(rows[-1], first=len(rows) == 1)
    report = {
        "threads": options.threads,
        "repeats": options.repeats,
        "format": str(format_of(device, options.precision)).removeprefix("torch."),
        "processor": torch.backends.cpu.get_cpu_capability() + " " + platform.machine(),
        "torch": torch.__version__,
        "cases": rows,
        "package_s": statistics.median(row["package_s"] for row in rows),
        "ours_s": statistics.median(row["ours_s"] for row in rows),
        "ratio": statistics.median(row["ratio"] for row in rows),
        "lowest_dice": min(row["dice"] for row in rows),
    }
    print(
        f"median {report['package_s']:27.2f} {report['ours_s']:7.2f} {report['ratio']:7.3f}   "
        f"lowest Dice {report['lowest_dice']:.4f}"
    )
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0 if report["ratio"] <= MOST_TIME and report["lowest_dice"] >= LEAST_DICE else 1


Pipeline = Callable[[Path, Path], np.ndarray]
"""From the file of a T2w, with a folder to write to, to the mask (z, y, x)."""


def package_pipeline(threads: int) -> Pipeline:
    """The package's own code; only its session is kept from case to case, and given the number of threads."""
    warnings.filterwarnings("ignore")
    import onnxruntime
    from taps import inference

    inference.logger.setLevel(logging.ERROR)
    path = weights_path(card("taps_gland"))
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    settings.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), sess_options=settings, providers=["CPUExecutionProvider"])

    class Kept(inference.ONNXPredictor):  # type: ignore[misc]
        def __init__(self, *_: object, **__: object) -> None:
            self.session, self.input_name = session, session.get_inputs()[0].name

    inference.ONNXPredictor = Kept

    def segment(t2w: Path, folder: Path) -> np.ndarray:
        written = inference.segment(t2w, folder / "package.nii.gz", path, device="cpu", exact=True)
        return sitk.GetArrayFromImage(sitk.ReadImage(str(written)))

    return segment


def engine(precision: str, device: torch.device) -> Pipeline:
    """This engine's prediction with a network that is loaded already."""
    task = load_task("gland")
    choice = ModelChoice(card="taps_gland")
    network = network_to_predict(choice, task)

    def segment(t2w: Path, folder: Path) -> np.ndarray:
        case = CaseFiles(id="case", images={Role.T2W: t2w})
        job = PredictJob.model_validate(
            {"output": folder, "model": choice, "task": task, "cases": (case,), "precision": precision}
        )
        predict_cases(job, [network], JobContext(lambda event: None), device=device)
        return sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "predictions" / "case.nrrd")))

    return segment


def _turns(t2w: Path, scratch: Path, theirs: Pipeline, ours: Pipeline) -> dict[str, Any]:
    began = time.perf_counter()
    package = theirs(t2w, scratch)
    between = time.perf_counter()
    own = ours(t2w, scratch)
    return {"package_s": between - began, "ours_s": time.perf_counter() - between, "package": package, "ours": own}


def _row(name: str, turns: list[dict[str, Any]], reference: Path) -> dict[str, Any]:
    package, own = turns[0]["package"] > 0, turns[0]["ours"] > 0
    row = {
        "case": name,
        "package_s": statistics.median(turn["package_s"] for turn in turns),
        "ours_s": statistics.median(turn["ours_s"] for turn in turns),
        "dice": dice(package, own),
    }
    row["ratio"] = row["ours_s"] / row["package_s"]
    if reference.is_file():
        judged = sitk.GetArrayFromImage(sitk.ReadImage(str(reference))) > 0
        row |= {"picai_package": dice(judged, package), "picai_ours": dice(judged, own)}
    return row


def _print_row(row: dict[str, Any], *, first: bool) -> None:
    if first:
        print("case                   package s  ours s   ratio     Dice   PI-CAI: package   ours")
    told = f"{row['picai_package']:17.4f} {row['picai_ours']:7.4f}" if "picai_ours" in row else ""
    print(
        f"{row['case']:24}{row['package_s']:8.2f}{row['ours_s']:8.2f}{row['ratio']:8.3f}{row['dice']:9.4f} {told}",
        flush=True,
    )


def _arguments() -> argparse.Namespace:
    beside = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "data", type=Path, nargs="?", default=Path(os.environ.get("QUALITYFINETUNE_DATA", beside)), help="data folder"
    )
    parser.add_argument("cases", nargs="*", help="names of cases; all by default")
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=1, help="turns for each case; medians count")
    parser.add_argument("--json", type=Path, default=None, help="write the numbers to this file")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
