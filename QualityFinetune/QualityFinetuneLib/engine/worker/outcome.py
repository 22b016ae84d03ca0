"""What a finetune leaves: the best model with its description, `last.pt`, and `metrics.json`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from ...common.files import write_text
from ...models.meta import WEIGHTS, ModelMeta
from ..protocol.jobs import FinetuneJob
from .context import JobContext
from .objective import Fact, Objective
from .state import LAST, TrainingState

BEST = "best"
METRICS_FILE = "metrics.json"


def described(job: FinetuneJob, meta: ModelMeta, objective: Objective, state: TrainingState) -> ModelMeta:
    """The description of the best model so far."""
    counts = Counter(case.quality or "unrated" for case in job.train)
    facts: dict[str, Fact] = dict(meta.trained_on)
    facts |= {f"cases_{quality}": count for quality, count in sorted(counts.items())}
    facts |= {"best_epoch": state.best_epoch, "validation_cases": len(job.validate_on)}
    if job.validate_on:
        facts |= objective.facts(state.best_value)
    return meta.model_copy(update={"trained_on": facts})


def announce(folder: Path, context: JobContext) -> None:
    """Tell which files of a training there are now."""
    for role, path in (("model", folder / BEST / WEIGHTS), ("checkpoint", folder / LAST)):
        if path.is_file():
            context.artifact(role, path)


def write_metrics(job: FinetuneJob, objective: Objective, state: TrainingState) -> Path:
    """Write `metrics.json`: the best epoch and one row for each epoch."""
    best = objective.told(state.best_value) if job.validate_on and state.best_value is not None else None
    content = {
        "version": 1,
        "task": job.task.name,
        "mode": job.options.mode,
        "metric": objective.metric,
        "best": {"epoch": state.best_epoch, objective.metric: best},
        "stopped_early": state.stopped_early,
        "history": state.history,
        "timing": state.timing,
    }
    path = job.output / METRICS_FILE
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
    return path
