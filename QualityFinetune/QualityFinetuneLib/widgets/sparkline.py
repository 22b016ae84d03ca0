"""A small curve as a picture for a label. The numbers are beside it in words; the curve only adds the shape."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import qt

MARGIN = 4


def points(
    values: Sequence[float], *, width: int, height: int, low: float = 0.0, high: float = 1.0
) -> list[tuple[int, int]]:
    """Pixel positions of the values, first at the left, `high` at the top; values outside are put on the edge."""
    if not values:
        return []
    step = (width - 2 * MARGIN) / max(1, len(values) - 1)
    span = (high - low) or 1.0
    return [
        (
            round(MARGIN + index * step),
            round(MARGIN + (height - 2 * MARGIN) * (1 - min(max((value - low) / span, 0.0), 1.0))),
        )
        for index, value in enumerate(values)
    ]


def sparkline(values: Sequence[float], *, width: int, height: int, line: Any, grid: Any) -> Any:
    """A QPixmap of the curve from 0 to 1 with lines at 0, 0.5 and 1; `line` and `grid` are QColors."""
    pixmap = qt.QPixmap(width, height)
    pixmap.fill(qt.QColor(0, 0, 0, 0))
    painter = qt.QPainter()
    painter.begin(pixmap)
    pen = qt.QPen()
    pen.setColor(grid)
    painter.setPen(pen)
    for level in (0.0, 0.5, 1.0):
        y = points([level], width=width, height=height)[0][1]
        painter.drawLine(MARGIN, y, width - MARGIN, y)
    pen.setColor(line)
    pen.setWidth(2)
    painter.setPen(pen)
    found = points(values, width=width, height=height)
    for (x1, y1), (x2, y2) in pairwise(found):
        painter.drawLine(x1, y1, x2, y2)
    if found:
        x, y = found[-1]
        painter.drawEllipse(x - 2, y - 2, 4, 4)
    painter.end()
    return pixmap


def share_bar(parts: Sequence[tuple[int, Any]], *, width: int, height: int) -> Any:
    """A QPixmap with one block a (count, color), as wide as its share."""
    pixmap = qt.QPixmap(max(1, width), max(1, height))
    pixmap.fill(qt.QColor(0, 0, 0, 0))
    total = sum(count for count, _color in parts)
    if not total:
        return pixmap
    painter = qt.QPainter()
    painter.begin(pixmap)
    x = 0
    for index, (count, color) in enumerate(parts):
        end = width if index == len(parts) - 1 else x + round(width * count / total)
        if count:
            painter.fillRect(x, 0, end - x, height, color)
        x = end
    painter.end()
    return pixmap
