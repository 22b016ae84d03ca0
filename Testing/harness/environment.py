"""Variables that Qt and VTK read once, so they are set before either is imported."""

from __future__ import annotations

import os

OFFSCREEN = {
    "QT_QPA_PLATFORM": "offscreen",
    # A variable that is set but empty crashes VTK, so a value is always written.
    "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow",
    # One picture pixel for each widget pixel, whatever the machine's screen.
    "QT_ENABLE_HIGHDPI_SCALING": "0",
}


def prepare() -> None:
    """Let Qt and VTK draw without a screen."""
    for name, value in OFFSCREEN.items():
        os.environ[name] = os.environ.get(name) or value
    if os.environ["QT_QPA_PLATFORM"] not in {"offscreen", "minimal"} and not os.environ.get("DISPLAY"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
