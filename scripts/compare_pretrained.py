#!/usr/bin/env python3
"""Does a pretrained encoder help? Finetune the zones task from taps_gland and from scratch, at equal steps.

Trains on the named ProstateX exams and judges the held-out one, both arms with the same network, data, order of
patches, steps and learning rate; only the start differs. Needs the real exams (`prostate-mini`), about five minutes
on two cores.

    python scripts/compare_pretrained.py [DATA] [--steps 60] [--held-out ProstateX-0000] [--mode full] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.engine.client.run import run_job
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Metric, Progress
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, FinetuneJob, ModelChoice, TrainOptions

CASES = tuple(f"ProstateX-{number:04d}" for number in range(6))
LABELS = "picai_zones_yuan23.nii.gz"
PATCH = (96, 96, 24)  # 77 x 77 x 72 mm: the prostate with what surrounds it, at 0.42 of the card's cost


def main() -> int:
    """Run both arms, print their Dice, return 0 only when the pretrained start wins on both zones."""
    options = _arguments()
    task = load_task("zones")
    cases = {name: _case(options.data, name) for name in CASES}
    held_out = cases.pop(options.held_out)
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for arm in (options.mode, "scratch"):
            epochs = max(1, options.steps // len(cases))
            job = FinetuneJob(
                output=Path(folder) / arm,
                threads=options.threads,
                seed=options.seed,
                model=ModelChoice(card="taps_gland"),
                task=task,
                train=tuple(cases.values()),
                validate_on=(held_out,),
                options=TrainOptions(
                    mode=arm,
                    epochs=epochs,
                    learning_rate=options.learning_rate,
                    patch=PATCH,
                    # The held-out case is judged once, at the end, and chooses nothing.
                    validate_every=epochs,
                ),
            )
            began = time.monotonic()
            events = run_job(job, on_event=_show(arm))
            results[arm] = {
                event.label: event.value
                for event in events
                if isinstance(event, Metric) and event.name == "dice" and event.case and event.label and event.value
            }
            steps = epochs * len(cases)
            told = "  ".join(f"{label} {dice:.3f}" for label, dice in results[arm].items())
            print(f"\r{arm:8s} {steps} steps, {time.monotonic() - began:.0f} s: Dice on {options.held_out}: {told}")
    gains = {
        label.short: results[options.mode].get(label.short, 0.0) - results["scratch"].get(label.short, 0.0)
        for label in task.labels
    }
    print("gain of the pretrained start: " + "  ".join(f"{label} {gain:+.3f}" for label, gain in gains.items()))
    if options.json:
        options.json.write_text(json.dumps({"held_out": options.held_out, "steps": steps, "dice": results}, indent=1))
    return 0 if all(gain > 0 for gain in gains.values()) else 1


def _arguments() -> argparse.Namespace:
    beside = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "data", type=Path, nargs="?", default=Path(os.environ.get("QUALITYFINETUNE_DATA", beside)), help="data folder"
    )
    parser.add_argument("--steps", type=int, default=60, help="training steps of each arm")
    parser.add_argument("--held-out", choices=CASES, default=CASES[0], help="case that is judged")
    parser.add_argument("--mode", choices=("full", "frozen"), default="full", help="how the pretrained arm trains")
    parser.add_argument("--learning-rate", type=float, default=5e-4, help="of both arms")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=None, help="CPU threads; all by default")
    parser.add_argument("--json", type=Path, help="write the numbers here too")
    return parser.parse_args()


def _case(data: Path, name: str) -> CaseFiles:
    folder = data / "prostate-mini"
    return CaseFiles(
        id=name, images={Role.T2W: folder / "cases" / name / "t2w.nii.gz"}, label=folder / "labels-nc" / name / LABELS
    )


def _show(arm: str) -> Callable[[AnyEvent], None]:
    def show(event: AnyEvent) -> None:
        if isinstance(event, Progress) and event.unit == "step" and sys.stderr.isatty():
            eta = f", {event.eta_s:.0f} s to go" if event.eta_s is not None else ""
            print(f"\r{arm:8s} step {event.done} of {event.total}{eta}   ", end="", file=sys.stderr, flush=True)

    return show


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"{error.what} {error.why} {error.next}")
