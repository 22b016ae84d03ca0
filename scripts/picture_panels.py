"""Takes pictures of the panels beside the slice views, as Slicer would show them. On the harness."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from picture_files import save

from harness.picture import grab

PANEL_PX = (480, 900)
SIDE_PX = 300
GAP_PX = 2


class Photographer:
    """Walks through the steps and takes a picture of each."""

    def __init__(self, panels: Any, out: Path) -> None:
        self.panels = panels
        self.out = out

    def take(self, name: str, *, views: bool = True) -> None:
        """The panel as it is now, with the slice views left of it."""
        panel = grab(self.panels.widget, size_px=PANEL_PX)
        picture = np.concatenate([self.slices(panel.shape[0]), panel], axis=1) if views else panel
        save(picture, self.out / f"{name}.png")

    def slices(self, height: int) -> np.ndarray:
        """The large view and the two small ones beside it, as the module's layout arranges them."""
        small = (height - GAP_PX) // 2
        large = self.view("Red", (height * 9 // 10, height))
        side = [
            self.view(view, (SIDE_PX, size)) for view, size in (("Yellow", small), ("Green", height - GAP_PX - small))
        ]
        gap = np.zeros((GAP_PX, SIDE_PX, 3), np.uint8)
        column = np.concatenate([side[0], gap, side[1]], axis=0)
        return np.concatenate([large, np.zeros((height, GAP_PX, 3), np.uint8), column], axis=1)

    def view(self, name: str, size_px: tuple[int, int]) -> np.ndarray:
        """What one slice view shows."""
        import slicer

        from QualityFinetuneLib.scene.snapshot import snapshot
        from QualityFinetuneLib.widgets.arrangements import VIEWS, arrangement_named

        widget = slicer.app.layoutManager().sliceWidget(name)
        volume = slicer.mrmlScene.GetNodeByID(widget.mrmlSliceCompositeNode().GetBackgroundVolumeID() or "")
        segmentation = self.panels.stage.segmentation
        if segmentation is not None and not segmentation.GetDisplayNode().GetVisibility():
            segmentation = None
        if volume is None:
            return np.zeros((size_px[1], size_px[0], 3), np.uint8)
        session = self.panels.session
        names = [name for _text, name in self.panels.stage.arrangements(session.study, session.case)]
        chosen = self.panels.stage.arrangement
        arrangement = arrangement_named(chosen if chosen in names else names[0])
        axis = arrangement.orientations[VIEWS.index(name)].lower()
        picture = snapshot(
            slicer.mrmlScene,
            volume,
            segmentation,
            axis=axis,
            size_px=size_px,
            field_of_view_mm=110,
            fill_opacity=0.25,
        )
        over = slicer.mrmlScene.GetNodeByID(widget.mrmlSliceCompositeNode().GetForegroundVolumeID() or "")
        return picture if over is None else self.laid_over(picture, over, segmentation, axis=axis)

    def laid_over(self, picture: np.ndarray, over: Any, segmentation: Any, *, axis: str) -> np.ndarray:
        """A map over the images as Slicer blends it: see-through where its display hides it."""
        import slicer

        from QualityFinetuneLib.scene.snapshot import snapshot
        from QualityFinetuneLib.widgets.stage import MAP_OPACITY

        size_px = (picture.shape[1], picture.shape[0])
        plain = snapshot(
            slicer.mrmlScene, over, None, axis=axis, size_px=size_px, field_of_view_mm=110,
            centered_on=segmentation, caption=False,
        )  # fmt: skip
        # A snapshot is always gray; Slicer shows the map in the colors of its display node.
        shades = colormaps["inferno"](plain.max(axis=2))[:, :, :3] * 255
        there = (plain.max(axis=2) > 0)[:, :, None]
        blended = (1 - MAP_OPACITY) * picture + MAP_OPACITY * shades
        return np.where(there, blended, picture).astype(np.uint8)
