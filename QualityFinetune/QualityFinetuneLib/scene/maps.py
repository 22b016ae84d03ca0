"""A map that a model made of a case, such as its uncertainty, as a coloured volume over the images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..cases.reading import read_image
from ..study.records import Case
from . import names
from .geometry import put_image, voxels_of

COLORS = "vtkMRMLColorTableNodeFileInferno.txt"
"""From dark to bright with even steps of lightness, also for those who do not tell red from green."""
FALLBACK = "vtkMRMLColorTableNodeRainbow"
HIDDEN_BELOW = 0.15
"""Share of the map's largest value below which it is see-through: there the model is sure."""


def add_map(scene: Any, case: Case, path: Path, *, title: str) -> Any:
    """Read a map on the T2w grid and add it as a volume node of the case, see-through where it is low.

    Raises:
        UserError: UNREADABLE_FILE or BAD_GEOMETRY, naming the file.
    """
    image = read_image(path)
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", names.marked(title, simulated=case.simulated))
    put_image(image, node)
    node.SetAttribute(names.CASE_ID, str(case.id))
    node.SetAttribute(names.SIMULATED, str(case.simulated).lower())
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetAutoWindowLevel(False)
    highest = float(np.max(voxels_of(node.GetImageData()), initial=0.0)) or 1.0
    display.SetWindowLevelMinMax(0.0, highest)
    display.SetAutoThreshold(False)
    display.SetThreshold(HIDDEN_BELOW * highest, highest)
    display.SetApplyThreshold(True)
    colors = scene.GetNodeByID(COLORS) or scene.GetNodeByID(FALLBACK)
    if colors is not None:
        display.SetAndObserveColorNodeID(colors.GetID())
    return node
