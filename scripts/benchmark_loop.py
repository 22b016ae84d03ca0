#!/usr/bin/env python3
"""How long does a reader wait from the last mask drawn to the new overlay?

    python scripts/benchmark_loop.py [--epochs 20] [--cold] [--full-epochs 0] [--json FILE]

A study with four simulated exams. A first run has learned from two of them, so their encoder features are known,
and a reader has a case on the screen. As the panels have it, a worker stands by meanwhile (--cold starts one for
each run instead). Then a third mask is there, and the clock runs: finetune on three cases with a frozen encoder and
a light head (card profound_conv_light), predict the fourth exam, render the overlay from the scene. Weights are
random ones in the authors' file format: theirs may not be passed on, and numbers take the same time. --full-epochs
N also trains N epochs with the whole network, for its share of waiting. Exits with 1 when it takes more than 30 s,
or when an epoch waits for data for more than 5 % of its time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import benchmarking

from QualityFinetuneLib.cases.simulated.cohort import make_cohort
from QualityFinetuneLib.cli.output import Output
from QualityFinetuneLib.cli.pictures import overlay_pictures
from QualityFinetuneLib.engine.client.standby import Standby
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Metric, Progress
from QualityFinetuneLib.engine.protocol.jobs import TrainOptions
from QualityFinetuneLib.scene import headless
from QualityFinetuneLib.study.records import Run
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.executing import execute
from QualityFinetuneLib.workflow.finetuning import FinetuneRequest, prepare_finetune
from QualityFinetuneLib.workflow.importing import import_folder
from QualityFinetuneLib.workflow.predicting import prepare_predict

CARD = "profound_conv_light"
LIMIT_S = 30.0
WAIT_LIMIT = 0.05
SPLIT = "benchmark"


def main() -> int:
    """Run, print, and return 0 when the promises hold."""
    options = _arguments()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), options)
    rows = [
        {
            "text": f"{'from mask to overlay':42} {found['total_s']:6.1f} s",
            **found,
            "promises": [benchmarking.promise("seconds in all", found["total_s"], at_most=LIMIT_S)],
        }
    ]
    rows += [{"text": f"  {name:40} {seconds:6.1f} s"} for name, seconds in found["parts_s"].items()]
    for mode, shares in found["data_wait"].items():
        usual = statistics.median(shares)
        rows.append(
            {
                "text": f"waiting for data, {mode:24} {max(shares):6.1%} at most, {usual:.1%} mostly",
                "promises": [benchmarking.promise("share of an epoch", usual, at_most=WAIT_LIMIT)],
            }
        )
    results = {
        "machine": benchmarking.machine(threads=options.threads),
        "card": options.card,
        "epochs": options.epochs,
        "cold": options.cold,
    }
    return benchmarking.finish(results, rows, json_file=options.json)


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Seconds in all and of each part, and how long epochs waited for data."""
    weights = options.weights or random_weights(folder / "checkpoint.pth", card=options.card)
    make_cohort(folder / "exams", patients=4, seed=0)
    headless.start()
    with Study.create(folder / "study", name="Benchmark") as study:
        import_folder(study, folder / "exams")
        ids = [case.id for case in study.cases.all()]
        study.splits.create(SPLIT, seed=0, fractions=(1.0, 0.0, 0.0), case_ids=ids)

        def request(cases: list[int], **changes: Any) -> FinetuneRequest:
            train = TrainOptions(**{"mode": "frozen", "epochs": options.epochs, **changes})
            return FinetuneRequest(
                task="gland",
                card=options.card,
                weights=weights,
                case_ids=tuple(cases),
                split=SPLIT,
                options=train,
                threads=options.threads,
            )

        standby = None if options.cold else Standby()
        try:
            # Each epoch shows another view, so as many epochs as views leave all features of both cases behind.
            first = _finetuned(study, request(ids[:2], epochs=TrainOptions().views), standby)
            shown = _predicted(study, first, ids[0], standby, threads=options.threads)
            overlay_pictures(study, folder / "before", run=shown, output=Output(json_only=True))
            watch = _Watch()
            run = _finetuned(study, request(ids[:3]), standby, watch)
            watch.lap("last checkpoint, hand-over")
            predicted = _predicted(study, run, ids[3], standby, threads=options.threads)
            watch.lap("prediction, mask")
            pictures = overlay_pictures(study, folder / "pictures", run=predicted, output=Output(json_only=True))
            watch.lap("scene and overlay")
            if not pictures:
                raise SystemExit("No overlay was rendered; its package is missing, see the message above.")
            waited = {"frozen encoder": watch.waited}
            if options.full_epochs:
                full = _Watch()
                _finetuned(study, request(ids[:3], mode="full", epochs=options.full_epochs), standby, full)
                waited["whole network"] = full.waited
        finally:
            if standby is not None:
                standby.close()
    return {"total_s": watch.total_s, "parts_s": watch.parts_s, "data_wait": waited}


class _Watch:
    """Splits the time of a run at its events."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self.parts_s: dict[str, float] = {}
        self.waited: list[float] = []

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.parts_s[name] = self.parts_s.get(name, 0.0) + now - self._last
        self._last = now

    def event(self, event: AnyEvent) -> None:
        if isinstance(event, Progress):
            if event.unit == "case" and event.done == 1:
                self.lap("hand-over, network, first case")
            elif event.unit == "case" and event.done == event.total:
                self.lap("other cases")
            elif event.unit == "step" and event.done == 0:
                self.lap("getting ready to train")
        elif isinstance(event, Metric):
            if event.name == "loss":
                self.lap(f"epochs{' 1 to 4' if event.epoch is not None and event.epoch <= 4 else ' after'}")
            elif event.name == "data_wait_share" and event.value is not None:
                self.waited.append(event.value)

    @property
    def total_s(self) -> float:
        return self._last - self._began


def _finetuned(study: Study, request: FinetuneRequest, standby: Standby | None, watch: _Watch | None = None) -> Run:
    heard = None if watch is None else watch.event
    return execute(study, prepare_finetune(study, request), standby=standby, on_event=heard)


def _predicted(study: Study, run: Run, case_id: int, standby: Standby | None, *, threads: int) -> Run:
    model = next(one for one in study.models.all() if one.run_id == run.id)
    return execute(study, prepare_predict(study, model, [study.cases.get(case_id)], threads=threads), standby=standby)


def random_weights(path: Path, *, card: str) -> Path:
    """A file as the authors write one after finetuning, its weights random."""
    import torch

    from QualityFinetuneLib.models.build import build
    from QualityFinetuneLib.models.registry import card as card_of

    asked = card_of(card)
    torch.manual_seed(0)
    size = asked.options.get("size", "tiny")
    model = build("profound_conv", outputs=1, in_channels=len(asked.inputs), size=size)
    torch.save({"model": model.state_dict()}, path)
    return path


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    benchmarking.add_arguments(parser, repeats=1)
    parser.add_argument("--card", default=CARD, help=f"name or file of a model card (default {CARD})")
    parser.add_argument("--weights", type=Path, help="the authors' file, if you have one")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--cold", action="store_true", help="start a worker for each run")
    parser.add_argument("--full-epochs", type=int, default=0, help="train these epochs with the whole network too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
