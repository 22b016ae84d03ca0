"""Two sets of cases side by side: share of each score, told apart by colour, hatching and place."""

from __future__ import annotations

from ..quality.distribution.scores import ScoreDistribution
from ..quality.distribution.shift import QualityShift
from .charts import HIGH, LOW, UNRATED, as_png, new_figure

STYLES = ((HIGH, None), (LOW, "//"))
"""Colour (Okabe and Ito) and hatching of the first and the second set."""
WIDTH = 0.38


def shift_chart(shift: QualityShift) -> bytes:
    """Shares of the scores in both sets as PNG, with the number of cases on each bar."""
    scores = shift.scores
    return _chart([(shift.first, scores.first), (shift.second, scores.second)])


def distribution_chart(name: str, scores: ScoreDistribution) -> bytes:
    """Shares of the scores in one set."""
    return _chart([(name, scores)])


def _chart(sets: list[tuple[str, ScoreDistribution]]) -> bytes:
    scale = list(sets[0][1].counts)
    figure, axes = new_figure(width=6.4, height=3.0)
    for place, (name, scores) in enumerate(sets):
        color, hatch = STYLES[place] if scores.rated else (UNRATED, None)
        offset = (place - (len(sets) - 1) / 2) * (WIDTH + 0.03)
        shares = [share or 0.0 for share in scores.shares.values()]
        label = f"{name} ({scores.rated} rated" + (f", {scores.unrated} not)" if scores.unrated else ")")
        positions = [index + offset for index in range(len(scale))]
        axes.bar(
            positions, shares, width=WIDTH, color=color, hatch=hatch, edgecolor="white", linewidth=0, label=label
        )
        for x, share, count in zip(positions, shares, scores.counts.values(), strict=True):
            axes.annotate(str(count), (x, share), ha="center", va="bottom", fontsize=9)
    axes.set_xticks(range(len(scale)), [f"score {score}" for score in scale])
    axes.set_ylim(0, 1.1)
    axes.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    axes.set_ylabel("Share of the rated cases")
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(0, 1.18), ncols=len(sets))
    return as_png(figure)
