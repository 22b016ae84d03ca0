#!/usr/bin/env python3
"""Does a frozen encoder's head learn as well in windows around the label as in the whole exam, and how much faster?

    python scripts/compare_windows.py [--seeds 2] [--epochs 20] [--json FILE]

Eight simulated exams; each seed trains the light head (card profound_conv_light, frozen encoder of random weights) on
five of them, once in the whole field and once in windows, from the same start and at equal steps, and judges the
gland on the other three. Simulated exams say nothing about patients; whether windows cost anything is what is asked.
Exits with 1 when windows lose more than 0.03 of mean Dice or are not faster.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import benchmarking
from benchmark_loop import random_weights

from QualityFinetuneLib.cases.simulated.cohort import make_cohort
from QualityFinetuneLib.engine.client.standby import Standby
from QualityFinetuneLib.engine.protocol.jobs import TrainOptions
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.evaluating import prepare_evaluate
from QualityFinetuneLib.workflow.executing import execute
from QualityFinetuneLib.workflow.finetuning import FinetuneRequest, prepare_finetune
from QualityFinetuneLib.workflow.importing import import_folder
from QualityFinetuneLib.workflow.predicting import prepare_predict

CARD = "profound_conv_light"
EXAMS, TRAINED_ON = 8, 5
MAY_LOSE = 0.03
WINDOWS_MM = {"whole": None, "window": TrainOptions().window_mm}


def main() -> int:
    """Compare, print, and return 0 when both promises hold."""
    options = _arguments()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        runs = compare(Path(folder), options)
    dice = {name: statistics.mean(value for run in runs[name] for value in run["dice"]) for name in runs}
    seconds = {name: statistics.median(run["seconds"] for run in runs[name]) for name in runs}
    rows = [
        {"text": f"{name:8} {seconds[name]:7.1f} s a training   mean Dice {dice[name]:.3f}", "runs": runs[name]}
        for name in runs
    ]
    rows[-1]["promises"] = [
        benchmarking.promise("times as fast", seconds["whole"] / seconds["window"], at_least=1.0),
        benchmarking.promise("Dice against the whole", dice["window"] - dice["whole"], at_least=-MAY_LOSE),
    ]
    machine = benchmarking.machine(threads=options.threads)
    return benchmarking.finish({"machine": machine, "epochs": options.epochs}, rows, json_file=options.json)


def compare(folder: Path, options: argparse.Namespace) -> dict[str, list[dict[str, object]]]:
    """For each way of teaching, one row a seed: seconds, and Dice of each exam it did not learn from."""
    weights = random_weights(folder / "checkpoint.pth", card=CARD)
    make_cohort(folder / "exams", patients=EXAMS, seed=0, low_quality_share=0.25)
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in WINDOWS_MM}
    standby = Standby()
    with Study.create(folder / "study", name="Windows") as study:
        import_folder(study, folder / "exams")
        ids = [case.id for case in study.cases.all()]
        study.splits.create("all", seed=0, fractions=(1.0, 0.0, 0.0), case_ids=ids)
        try:
            for seed in range(options.seeds):
                turned = ids[TRAINED_ON * seed % EXAMS :] + ids[: TRAINED_ON * seed % EXAMS]
                for name, window_mm in WINDOWS_MM.items():
                    began = time.perf_counter()
                    request = FinetuneRequest(
                        task="gland",
                        card=CARD,
                        weights=weights,
                        case_ids=tuple(turned[:TRAINED_ON]),
                        split="all",
                        seed=seed,
                        options=TrainOptions(mode="frozen", epochs=options.epochs, window_mm=window_mm),
                        threads=options.threads,
                    )
                    run = execute(study, prepare_finetune(study, request), standby=standby)
                    seconds = time.perf_counter() - began
                    model = next(one for one in study.models.all() if one.run_id == run.id)
                    others = [study.cases.get(number) for number in turned[TRAINED_ON:]]
                    predicted = prepare_predict(study, model, others, threads=options.threads)
                    judged = execute(
                        study, prepare_evaluate(study, execute(study, predicted, standby=standby)), standby=standby
                    )
                    dice = [m["value"] for m in judged.results["metrics"] if m["name"] == "dice" and m["case"]]
                    rows[name].append({"seed": seed, "seconds": seconds, "dice": dice})
        finally:
            standby.close()
    return rows


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    benchmarking.add_arguments(parser, repeats=1)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
