"""The table of `compare_modes.py`: which ways to train and to start are compared, and what they gave."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OWN = "own pretraining"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


@dataclass(frozen=True)
class Arm:
    """One row of the table."""

    network: str
    mode: str
    start: str

    @property
    def name(self) -> str:
        return f"{self.network}-{self.mode}-{self.start.replace(' ', '_')}"


ARMS = (
    Arm("segresnet", "scratch", "random"),
    Arm("segresnet", "full", "taps_gland"),
    Arm("segresnet", "frozen", "taps_gland"),
    Arm("segresnet", "full", OWN),
    Arm("segresnet", "frozen", OWN),
    Arm("convnext", "scratch", "random"),
    Arm("convnext", "full", OWN),
    Arm("convnext", "frozen", OWN),
    Arm("convnext", "lora", OWN),
)

Result = Mapping[str, Any]
"""What a finished cell keeps: `dice` by "case/label", `elapsed_s`, `steps`."""


def table_of(arms: Sequence[Arm], results: Mapping[tuple[Arm, int], Result], labels: Sequence[str]) -> str:
    """Markdown with a row for each arm that has a result.

    Args:
        arms: in order.
        results: by arm and seed; whatever is finished.
        labels: short names, a column each.
    """
    lines = [
        f"| network | mode | start | {' | '.join(labels)} | mean | over scratch | seeds | s a run |",
        "|---|---|---|" + "---:|" * (len(labels) + 4),
    ]
    for arm in arms:
        done = {seed: result for (one, seed), result in results.items() if one == arm}
        if not done:
            continue
        cells = [spread([mean_dice(result, label) for result in done.values()]) for label in labels]
        cells.append(spread([mean_dice(result) for result in done.values()]))
        scratch = Arm(arm.network, "scratch", "random")
        gains = [
            mean_dice(result) - mean_dice(results[scratch, seed])
            for seed, result in done.items()
            if arm != scratch and (scratch, seed) in results
        ]
        cells.append(signed(gains))
        cells += [str(len(done)), f"{statistics.fmean(result['elapsed_s'] for result in done.values()):.0f}"]
        lines.append(f"| {arm.network} | {arm.mode} | {arm.start} | {' | '.join(cells)} |")
    return "\n".join(lines)


def pretraining_of(network: str, metrics_file: Path, *, steps_per_epoch: int) -> str:
    """One sentence about a finished pretraining."""
    metrics = json.loads(metrics_file.read_text(encoding="utf-8"))
    return (
        f"Own pretraining of {network}: {len(metrics['history']) * steps_per_epoch} steps, held-out loss "
        f"{metrics['best']['held_out_loss']:.3f} (1 is no guess at all)."
    )


def replaced(text: str, table: str) -> str:
    """A document with the table between its two marks replaced."""
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    return f"{text[:start]}\n\n{table}\n\n{text[end:]}"


def mean_dice(result: Result, label: str = "") -> float:
    """Mean over a seed's judged exams, of one label or of all."""
    return statistics.fmean(
        value for name, value in result["dice"].items() if not label or name.endswith(f"/{label}")
    )


def spread(values: Sequence[float]) -> str:
    """Mean, smallest and largest."""
    return f"{statistics.fmean(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def signed(gains: Sequence[float]) -> str:
    """The same of differences, with their sign; empty where there are none."""
    if not gains:
        return ""
    told = f"{statistics.fmean(gains):+.3f} ({min(gains):+.3f} to {max(gains):+.3f})"
    return told.replace("-", "−")
