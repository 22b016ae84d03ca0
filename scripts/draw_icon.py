#!/usr/bin/env python3
"""Draw the extension's icon: a gland, sharp on one side and noisy on the other, with an outline around both.

python scripts/draw_icon.py writes Resources/QualityFinetune.png and the module's own copy (128 x 128).
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPainterPath, QPen

CHECKOUT = Path(__file__).resolve().parents[1]
TARGETS = ("Resources/QualityFinetune.png", "QualityFinetune/Resources/Icons/QualityFinetune.png")
SIZE = 128
SCALE = 4
"""Drawn larger and scaled down, for smooth edges."""


def gland() -> np.ndarray:
    """Gray values (SIZE * SCALE squared): peripheral zone bright, transition zone dark, the right half noisy."""
    side = SIZE * SCALE
    y, x = np.mgrid[0:side, 0:side] / side
    outer = ((x - 0.5) / 0.37) ** 2 + ((y - 0.52) / 0.3) ** 2
    inner = ((x - 0.5) / 0.22) ** 2 + ((y - 0.45) / 0.17) ** 2
    image = np.full((side, side), 46.0)
    image[outer < 1] = 205.0
    image[inner < 1] = 118.0
    block = SIZE // 4
    noise = np.random.default_rng(7).normal(0, 62, (block, block)).repeat(side // block, 0).repeat(side // block, 1)
    image += np.where(x > 0.5, noise, 0.0)
    return np.clip(image, 0, 255).astype(np.uint8)


def draw() -> QImage:
    """The icon."""
    side = SIZE * SCALE
    values = gland()
    source = QImage(values.data, side, side, side, QImage.Format.Format_Grayscale8).copy()
    icon = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    icon.fill(Qt.GlobalColor.transparent)
    painter = QPainter(icon)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    frame = QPainterPath()
    frame.addRoundedRect(QRectF(0, 0, side, side), side * 0.16, side * 0.16)
    painter.setClipPath(frame)
    painter.drawImage(0, 0, source)
    painter.setPen(QPen(QColor("#e69f00"), side * 0.035))
    painter.drawEllipse(QPointF(side * 0.5, side * 0.52), side * 0.37, side * 0.3)
    painter.setPen(QPen(QColor("#56b4e9"), side * 0.03))
    painter.drawLine(QPointF(side * 0.5, side * 0.1), QPointF(side * 0.5, side * 0.92))
    painter.end()
    return icon.scaled(SIZE, SIZE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)


def main() -> None:
    """Write both copies."""
    application = QGuiApplication.instance() or QGuiApplication([])
    icon = draw()
    for target in TARGETS:
        path = CHECKOUT / target
        path.parent.mkdir(parents=True, exist_ok=True)
        if not icon.save(str(path), "PNG"):
            raise OSError(f"{path} could not be written")
    del application


if __name__ == "__main__":
    main()
