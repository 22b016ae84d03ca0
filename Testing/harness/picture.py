"""Pictures of widgets without a screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .slicer_app import start


def grab(widget: Any, path: Path | str | None = None, *, size_px: tuple[int, int] | None = None) -> np.ndarray:
    """Show a widget, let its layout settle, and take its picture.

    Args:
        path: PNG to write, if any.
        size_px: width and height to give the widget first.

    Returns:
        The picture, uint8 of shape (height, width, 3), red green blue.
    """
    from PySide6.QtGui import QImage

    from .strictness import MAY_BE_A_WINDOW

    application = start()
    if size_px is not None:
        widget.resize(*size_px)
    was_shown = widget.isVisible()
    widget.setProperty(MAY_BE_A_WINDOW, True)
    widget.show()
    for _ in range(3):  # layouts inside layouts settle one level a pass
        application.processEvents()
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    if not was_shown:
        widget.hide()
    if path is not None:
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not image.save(str(target), "PNG"):
            raise OSError(f"{target} could not be written")
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()
