#!/usr/bin/env python3
"""How well does taps_gland outline the real ProstateX glands?

Predicts the whole gland on the T2w of ProstateX-0000 to 0005 and prints its Dice, HD95 and volume error against the
PI-CAI gland masks, and its Dice against the mask that the package gave without its crop to the foreground. Whether
the package as it is gives the same masks, and how fast, is what benchmark_gland.py measures.
Half a minute on two cores.

    python scripts/measure_gland.py [DATA] [--precision auto|fp32|bf16] [--threads N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.engine.client.run import run_job
from QualityFinetuneLib.engine.protocol.events import Metric
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, EvaluateJob, ModelChoice, PredictJob

CASES = tuple(f"ProstateX-{number:04d}" for number in range(6))
LOWEST, MEAN = 0.80, 0.87


def main() -> int:
    """Print one row a case; return 0 only when every case and the mean are as good as promised."""
    options = _arguments()
    data, task = options.data / "prostate-mini", load_task("gland")
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder)
        cases = tuple(CaseFiles(id=name, images={Role.T2W: data / "cases" / name / "t2w.nii.gz"}) for name in CASES)
        run_job(
            PredictJob(
                output=output / "predict",
                threads=options.threads,
                precision=options.precision,
                model=ModelChoice(card="taps_gland"),
                task=task,
                cases=cases,
            )
        )
        found: dict[str, dict[str, dict[str, float | None]]] = {}
        for reference, pattern in {
            "picai": "labels-nc/{}/picai_gland_bosma22b.nii.gz",
            "package": "cases/{}/gland_taps.nii.gz",
        }.items():
            judged = tuple(
                case.model_copy(
                    update={
                        "label": data / pattern.format(case.id),
                        "prediction": output / "predict" / "predictions" / f"{case.id}.nrrd",
                    }
                )
                for case in cases
            )
            events = run_job(EvaluateJob(output=output / reference, task=task, cases=judged))
            numbers: dict[str, dict[str, float | None]] = {name: {} for name in CASES}
            for event in events:
                if isinstance(event, Metric) and event.case is not None:
                    numbers[event.case][event.name] = event.value
            found[reference] = numbers
    print("case             Dice   HD95 mm   volume %   Dice with the package's uncropped mask")
    for name in CASES:
        picai, package = found["picai"][name], found["package"][name]
        print(
            f"{name}   {picai['dice']:.3f}   {picai['hd95']:7.2f}   {picai['volume_error_percent']:+8.1f}   "
            f"{package['dice']:.3f}"
        )
    scores = [found["picai"][name]["dice"] or 0.0 for name in CASES]
    print(f"mean             {statistics.fmean(scores):.3f}   lowest {min(scores):.3f}")
    return 0 if min(scores) >= LOWEST and statistics.fmean(scores) >= MEAN else 1


def _arguments() -> argparse.Namespace:
    beside = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "data", type=Path, nargs="?", default=Path(os.environ.get("QUALITYFINETUNE_DATA", beside)), help="data folder"
    )
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto")
    parser.add_argument("--threads", type=int, default=None, help="CPU threads; all by default")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"{error.what} {error.why} {error.next}")
