#!/usr/bin/env python3
"""What does each way to train bring, and each start? Dice per mode on real exams, at equal steps, as a table.

    python scripts/compare_modes.py DATA [--seeds 2] [--steps 60] [--write docs/modes.md]

The zones are learned on four of six labelled ProstateX exams and judged on the other two, which choose nothing; each
seed holds out another two. Starts: `taps_gland`, an own pretraining on ten further exams without labels, and random
weights. SegResNet is the network of `taps_gland`; it has no pointwise layers, so low-rank adapters are tried on a
small ConvNeXtV2. Every cell is one job of the engine, and a finished cell is never repeated: stop and start at will.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from modes_table import ARMS, OWN, Arm, Result, pretraining_of, replaced, table_of

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.common.files import write_text
from QualityFinetuneLib.engine.client.run import run_job
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Done, Metric, Progress
from QualityFinetuneLib.engine.protocol.jobs import (
    CaseFiles,
    FinetuneJob,
    ModelChoice,
    PretrainJob,
    PretrainOptions,
    TrainOptions,
)
from QualityFinetuneLib.models.registry import card

FOLDS = (
    ("ProstateX-0000", "ProstateX-0001"),
    ("ProstateX-0002", "ProstateX-0003"),
    ("ProstateX-0004", "ProstateX-0005"),
)
"""Held out by seed 0, 1 and 2; then again from the first."""
LABELLED = tuple(name for fold in FOLDS for name in fold)
UNLABELLED = ("ProstateX-0217", "ProstateX-0218", *(f"MIP-PROSTATE-01-000{number}" for number in range(1, 9)))
"""CC BY exams that no fold trains on or judges; the last two pick the pretraining's best epoch."""
LABELS = "picai_zones_yuan23.nii.gz"
PATCHES = {"segresnet": (96, 96, 16), "convnext": (128, 128, 32)}
"""Voxels shown at once, about 77 x 77 x 48 and 102 x 102 x 48 mm: a prostate with its surroundings."""
PRETRAIN_EPOCH = 10
"""Steps of an epoch of the pretraining; held-out exams are judged, and the run can be gone on with, after each."""


class Comparison:
    """All cells, each in a folder of its own."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._work: Path = options.work
        self._task = load_task("zones")
        self._work.mkdir(parents=True, exist_ok=True)
        self._cards = {"segresnet": "taps_gland", "convnext": str(self._small_convnext())}

    def run(self) -> None:
        """Whatever is not finished yet."""
        for arm in self.arms():
            for seed in range(self._options.seeds):
                if not self._result(arm, seed):
                    start = self._pretrained(arm.network) if arm.start == OWN else None
                    self._cell(arm, seed, start)

    def arms(self) -> Iterator[Arm]:
        return (arm for arm in ARMS if self._options.network in (None, arm.network))

    def table(self) -> str:
        """What is finished, as Markdown."""
        arms, seeds = list(self.arms()), range(self._options.seeds)
        results = {(arm, seed): result for arm in arms for seed in seeds if (result := self._result(arm, seed))}
        told = [f"{self._options.steps} steps each."]
        for network in PATCHES:
            path = self._work / f"pretrain-{network}" / "metrics.json"
            if path.is_file():
                told.append(pretraining_of(network, path, steps_per_epoch=PRETRAIN_EPOCH))
        return f"{table_of(arms, results, [label.short for label in self._task.labels])}\n\n{' '.join(told)}"

    def _cell(self, arm: Arm, seed: int, start: Path | None) -> None:
        held_out = FOLDS[seed % len(FOLDS)]
        train = [name for name in LABELLED if name not in held_out]
        epochs = max(1, round(self._options.steps / len(train)))
        job = FinetuneJob(
            output=self._work / f"{arm.name}-{seed}",
            threads=self._options.threads,
            device=self._options.device,
            seed=seed,
            model=ModelChoice(card=self._cards[arm.network], folder=start),
            task=self._task,
            train=tuple(self._case(name) for name in train),
            validate_on=tuple(self._case(name) for name in held_out),
            options=TrainOptions(
                mode=arm.mode,  # type: ignore[arg-type]
                epochs=epochs,
                learning_rate=self._options.learning_rate,
                patch=PATCHES[arm.network],
                validate_every=epochs,  # judged once, at the end
            ),
            resume=True,
        )
        began = time.monotonic()
        events = run_job(job, on_event=_show(f"{arm.name} seed {seed}"))
        dice = {
            f"{event.case}/{event.label}": event.value
            for event in events
            if isinstance(event, Metric) and event.name == "dice" and event.case and event.label
        }
        elapsed_s = next(event.elapsed_s for event in events if isinstance(event, Done))
        result = {"dice": dice, "elapsed_s": elapsed_s, "steps": epochs * len(train)}
        write_text(job.output / "result.json", json.dumps(result, indent=1))
        told = "  ".join(f"{name} {value:.3f}" for name, value in dice.items() if value is not None)
        print(f"{arm.name} seed {seed}, {time.monotonic() - began:.0f} s: {told}", flush=True)

    def _result(self, arm: Arm, seed: int) -> Result | None:
        path = self._work / f"{arm.name}-{seed}" / "result.json"
        return json.loads(path.read_text()) if path.is_file() else None

    def _pretrained(self, network: str) -> Path:
        folder = self._work / f"pretrain-{network}"
        if not (folder / "metrics.json").is_file():
            job = PretrainJob(
                output=folder,
                threads=self._options.threads,
                device=self._options.device,
                model=ModelChoice(card=self._cards[network]),
                cases=tuple(self._case(name, labelled=False) for name in UNLABELLED[:-2]),
                hold_out=tuple(self._case(name, labelled=False) for name in UNLABELLED[-2:]),
                options=PretrainOptions(
                    epochs=max(1, self._options.pretrain_steps // PRETRAIN_EPOCH),
                    steps_per_epoch=PRETRAIN_EPOCH,
                    patch=PATCHES[network],
                ),
                resume=True,
            )
            run_job(job, on_event=_show(f"pretraining {network}"))
        return folder / "best"

    def _small_convnext(self) -> Path:
        path = self._work / "convnext_atto.yaml"
        changes = {
            "name": "convnext_atto",
            "title": "Small ConvNeXtV2",
            "inputs": (Role.T2W,),
            "spacing_mm": (0.8, 0.8, 1.5),
            "patch": PATCHES["convnext"],
            "whole_volume": False,
            "options": {"size": "atto"},
        }
        content = card("profound_conv_fpn").model_copy(update=changes).model_dump(mode="json")
        write_text(path, yaml.safe_dump(content))
        return path

    def _case(self, name: str, *, labelled: bool = True) -> CaseFiles:
        folder = self._options.data / "prostate-mini"
        return CaseFiles(
            id=name,
            images={Role.T2W: folder / "cases" / name / "t2w.nii.gz"},
            label=folder / "labels-nc" / name / LABELS if labelled else None,
        )


def _show(what: str) -> Callable[[AnyEvent], None]:
    def show(event: AnyEvent) -> None:
        if isinstance(event, Progress) and event.unit == "step" and sys.stderr.isatty():
            eta = f", {event.eta_s:.0f} s to go" if event.eta_s is not None else ""
            print(f"\r{what}: step {event.done} of {event.total}{eta}   ", end="", file=sys.stderr, flush=True)

    return show


def _arguments() -> argparse.Namespace:
    beside = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "data", type=Path, nargs="?", default=Path(os.environ.get("QUALITYFINETUNE_DATA", beside)), help="data folder"
    )
    parser.add_argument("--work", type=Path, default=Path("modes"), help="folder that keeps each finished cell")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=60, help="training steps of each cell")
    parser.add_argument("--pretrain-steps", type=int, default=300)
    parser.add_argument("--learning-rate", type=float, default=5e-4, help="of all cells")
    parser.add_argument("--network", choices=sorted(PATCHES), help="only this one")
    parser.add_argument("--threads", type=int, default=None, help="CPU threads; the engine decides by default")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--table-only", action="store_true", help="run nothing, show what is finished")
    parser.add_argument("--write", type=Path, help="document whose table is replaced")
    return parser.parse_args()


def main() -> None:
    options = _arguments()
    options.work, options.data = options.work.resolve(), options.data.resolve()
    comparison = Comparison(options)
    if not options.table_only:
        comparison.run()
    table = comparison.table()
    print(table)
    if options.write:
        write_text(options.write, replaced(options.write.read_text(encoding="utf-8"), table))


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"{error.what} {error.why} {error.next}")
