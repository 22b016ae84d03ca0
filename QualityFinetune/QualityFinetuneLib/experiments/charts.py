"""Small charts as PNG: told apart by shape and place as well as by colours that everyone can tell apart."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .report_data import CaseLine, Evaluation, Training

# Okabe and Ito's palette for colour-blind readers (2008).
HIGH, LOW, UNRATED, INK = "#0072B2", "#D55E00", "#9A9A9A", "#22303C"
_MARK = {"high": ("o", HIGH), "low": ("s", LOW), None: ("D", UNRATED)}
_WORDS = {"high": "high quality", "low": "low quality", None: "not rated"}


def quality(cases: Sequence[CaseLine]) -> bytes:
    """How many cases have each exam score, the bars coloured by high and low."""
    figure, axes = new_figure(width=6.4, height=2.6)
    counts = Counter(line.exam_score for line in cases)
    level = {line.exam_score: line.quality for line in cases}
    scale = sorted({1, 2, 3} | {score for score in counts if score is not None})
    keys: list[int | None] = [*scale, *([None] if counts[None] else [])]
    for place, key in enumerate(keys):
        stratum = level.get(key)
        axes.bar(
            place, counts[key], width=0.62, color=_MARK[stratum][1], hatch="//" if stratum == "low" else None,
            edgecolor="white", linewidth=0,
        )  # fmt: skip
        if counts[key]:
            words = f"\n{_WORDS[stratum]}" if key is not None else ""
            axes.annotate(f"{counts[key]}{words}", (place, counts[key]), ha="center", va="bottom", fontsize=9)
    axes.set_xticks(range(len(keys)), [f"score {key}" if key is not None else "not rated" for key in keys])
    axes.set_ylim(0, max(counts.values()) * 1.45)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    return as_png(figure)


def learning(training: Training) -> bytes:
    """The validation metric after each epoch, the best one marked."""
    figure, axes = new_figure(width=6.4, height=2.4)
    epochs, values = zip(*training.history, strict=True)
    axes.plot(epochs, values, color=HIGH, linewidth=1.8, marker=".", markersize=5)
    best = values.index(training.best) if training.best in values else len(values) - 1
    axes.plot(epochs[best], values[best], marker="*", markersize=14, color=LOW)
    axes.annotate(
        f"best {values[best]:.3f}", (epochs[best], values[best]), textcoords="offset points", xytext=(0, -16),
        ha="center", fontsize=9,
    )  # fmt: skip
    axes.set_xlabel("Epoch")
    axes.set_ylabel(f"Validation {training.metric}")
    if training.metric == "Dice":
        axes.set_ylim(0, 1.02)
    axes.grid(axis="y", color="#E3E8EC")
    return as_png(figure)


def dice_by_case(evaluation: Evaluation) -> bytes:
    """One mark a case for each label; high, low and not rated side by side, with the mean as a line."""
    labels = list(dict.fromkeys(label for _, _, label, _ in evaluation.dice))
    present = [s for s in ("high", "low", None) if any(stratum == s for _, stratum, _, _ in evaluation.dice)]
    figure, axes = new_figure(width=6.4, height=0.9 + 0.55 * len(labels) * max(1, len(present)))
    rows: list[str] = []
    for label in labels:
        for stratum in present:
            values = [v for _, s, name, v in evaluation.dice if name == label and s == stratum]
            marker, color = _MARK[stratum]
            row = len(rows)
            axes.scatter(values, [row] * len(values), marker=marker, s=46, color=color, alpha=0.75, linewidth=0)
            if values:
                mean = sum(values) / len(values)
                axes.plot([mean, mean], [row - 0.32, row + 0.32], color=INK, linewidth=2)
            rows.append(f"{label}, {_WORDS[stratum]} (n = {len(values)})")
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.set_xlabel("Dice of each case; the line is the mean")
    axes.grid(axis="x", color="#E3E8EC")
    return as_png(figure)


def new_figure(*, width: float, height: float) -> tuple[Figure, Axes]:
    """An empty chart of that size in inches, in the style of all of them."""
    figure, (axes,) = new_row(1, width=width, height=height)
    return figure, axes


def new_row(count: int, *, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """Empty charts side by side; the size is that of them all."""
    from matplotlib.figure import Figure

    # No pyplot: it would choose a screen and keep figures; Slicer has its own event loop.
    figure = Figure(figsize=(width, height), layout="constrained")
    row = [figure.add_subplot(1, count, number + 1) for number in range(count)]
    for axes in row:
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        for side in ("left", "bottom"):
            axes.spines[side].set_color("#9AA7B1")
        axes.tick_params(colors=INK, labelsize=9, length=0)
        axes.set_axisbelow(True)
    return figure, row


def as_png(figure: Figure) -> bytes:
    """The chart as a PNG file's content."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=200, metadata={"Software": None})
    return buffer.getvalue()
