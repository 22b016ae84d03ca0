"""What is written on a picture: what it shows, where it lies, which side is which, how large it is."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import names
from .label_maps import drawn_images

WHITE = (1.0, 1.0, 1.0)
SCALE_MM = 20.0
SMALLEST_FONT_PX = 11
MOST_LETTERS = 50
"""Of a line: a letter is about half as wide as high, and as high as a 28th of the picture."""
SIDES = (("R", "L"), ("A", "P"), ("S", "I"))
"""Letters of the positive and the negative direction of each RAS axis."""


def font_px(size_px: tuple[int, int]) -> int:
    """Letters that stay readable at every size of picture."""
    return max(SMALLEST_FONT_PX, min(size_px) // 28)


def title_of(volume: Any, segmentation: Any, *, number: int, count: int) -> list[str]:
    """Lines at the top: series and slice, then the segmentation; simulated data say so in a line of their own."""
    lines = [f"{volume.GetName()}   slice {number} of {count}"]
    if segmentation is not None:
        lines.append(segmentation.GetName())
    nodes = [node for node in (volume, segmentation) if node is not None]
    simulated = any(node.GetAttribute(names.SIMULATED) == "true" for node in nodes)
    if simulated and not any("simulated" in line.casefold() for line in lines):
        lines.append("simulated")
    return lines


def wrapped(lines: list[str]) -> list[str]:
    """The lines, broken where they would leave the picture."""
    return [part for line in lines for part in textwrap.wrap(line, MOST_LETTERS)]


def title(lines: list[str], *, size_px: tuple[int, int]) -> list[Any]:
    """Lines at the top left, as VTK props."""
    _, height = size_px
    step = font_px(size_px)
    return [
        _text(line, x=step * 0.6, y=height - step * (1.5 + 1.3 * row), size_px=step) for row, line in enumerate(lines)
    ]


def legend(segmentation: Any, *, size_px: tuple[int, int]) -> list[Any]:
    """Every drawn structure named at the lower left in its colour, so that no colour has to be guessed."""
    step = font_px(size_px)
    content = segmentation.GetSegmentation()
    drawn = [content.GetSegment(segment_id) for segment_id, _ in drawn_images(segmentation)]
    return [
        _text(segment.GetName(), x=step * 0.6, y=step * (0.6 + 1.3 * row), size_px=step, color=segment.GetColor())
        for row, segment in enumerate(reversed(drawn))
    ]


def sides(slice_to_ras: NDArray[np.float64], *, below_lines: int, size_px: tuple[int, int]) -> list[Any]:
    """Towards which side of the patient the left and the top edge lie; the upper letter stands below the title."""
    width, height = size_px
    step = font_px(size_px)
    top_y = height - step * (1.5 + 1.3 * below_lines)
    return [
        _text(side_of(-slice_to_ras[:3, 0]), x=step * 0.6, y=(height - step) / 2, size_px=step),
        _text(side_of(slice_to_ras[:3, 1]), x=(width - step) / 2, y=top_y, size_px=step),
    ]


def side_of(direction: NDArray[np.float64]) -> str:
    """The letter of the patient's side that a RAS direction points to most."""
    axis = int(np.argmax(np.abs(direction)))
    return SIDES[axis][0 if direction[axis] > 0 else 1]


def scale(*, mm_per_px: float, size_px: tuple[int, int]) -> list[Any]:
    """A bar of 20 mm at the lower right; none where it would not fit."""
    import vtk

    width, _ = size_px
    step = font_px(size_px)
    length = SCALE_MM / mm_per_px
    if length > width / 2:
        return []
    line = vtk.vtkLineSource()
    line.SetPoint1(width - step - length, step, 0)
    line.SetPoint2(width - step, step, 0)
    mapper = vtk.vtkPolyDataMapper2D()
    mapper.SetInputConnection(line.GetOutputPort())
    bar = vtk.vtkActor2D()
    bar.SetMapper(mapper)
    bar.GetProperty().SetColor(*WHITE)
    bar.GetProperty().SetLineWidth(max(2.0, step / 7))
    return [bar, _text(f"{SCALE_MM:g} mm", x=width - step - length, y=step * 1.4, size_px=step)]


def _text(text: str, *, x: float, y: float, size_px: int, color: tuple[float, float, float] = WHITE) -> Any:
    import vtk

    actor = vtk.vtkTextActor()
    actor.SetInput(text)
    actor.SetPosition(x, y)
    style = actor.GetTextProperty()
    style.SetFontFamilyToArial()
    style.SetFontSize(size_px)
    style.SetColor(*color)
    # Readable over a bright bladder as well as over black air.
    style.SetBackgroundColor(0.0, 0.0, 0.0)
    style.SetBackgroundOpacity(0.45)
    style.SetVerticalJustificationToBottom()
    return actor
