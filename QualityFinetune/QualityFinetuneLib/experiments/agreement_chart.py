"""Two readings of each case against each other: a table of counts a score, agreement on the diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .charts import HIGH, INK, as_png, new_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .agreement_section import Crossed


def crossed_chart(crossed: Sequence[Crossed]) -> bytes:
    """The tables side by side as PNG; numbers are counts of cases, a frame marks where both say the same."""
    figure, panels = new_row(len(crossed), width=2.15 * len(crossed) + 0.5, height=2.6)
    for axes, one in zip(panels, crossed, strict=True):
        _draw(axes, one)
    return as_png(figure)


def _draw(axes: Axes, one: Crossed) -> None:
    from matplotlib.patches import Rectangle

    most = max(max(row) for row in one.counts) or 1
    for row, counts in enumerate(one.counts):
        for column, count in enumerate(counts):
            shade = 0.85 * count / most
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=HIGH, alpha=shade, linewidth=0))
            if row == column:
                axes.add_patch(
                    Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, fill=False, edgecolor=INK, linewidth=1.4)
                )
            if count:
                axes.annotate(
                    str(count), (column, row), ha="center", va="center", fontsize=10,
                    color="white" if shade > 0.5 else INK,
                )  # fmt: skip
    places = range(len(one.scale))
    axes.set_xticks(places, [str(value) for value in one.scale])
    axes.set_yticks(places, [str(value) for value in one.scale])
    axes.set_xlim(-0.5, len(one.scale) - 0.5)
    axes.set_ylim(-0.5, len(one.scale) - 0.5)
    axes.set_aspect("equal")
    axes.set_title(one.title[:1].upper() + one.title[1:], fontsize=10)
    axes.set_xlabel(one.second, fontsize=9)
    axes.set_ylabel(one.first, fontsize=9)
