"""Write pictures as PNG files; the small ones for the README with few colors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

README_WIDTH_PX = 1200


def save(picture: np.ndarray, path: Path) -> None:
    """Write a PNG."""
    from PySide6.QtGui import QImage

    height, width, _ = picture.shape
    data = np.ascontiguousarray(picture)
    if not QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).save(str(path), "PNG"):
        raise OSError(f"{path} could not be written")


def save_small(source: Path, target: Path) -> None:
    """The same picture narrower and with 256 colors, 64 of them gray: a third of the bytes, little lost."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, qRgb

    picture = QImage(str(source)).convertToFormat(QImage.Format.Format_RGB888)
    picture = picture.scaledToWidth(min(picture.width(), README_WIDTH_PX), Qt.TransformationMode.SmoothTransformation)
    picture = picture.convertToFormat(QImage.Format.Format_RGB888)
    width, height = picture.width(), picture.height()
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(height, picture.bytesPerLine())
    palette, indices = few_colors(rows[:, : 3 * width].reshape(-1, 3))
    indexed = np.ascontiguousarray(indices.reshape(height, width).astype(np.uint8))
    small = QImage(indexed.data, width, height, width, QImage.Format.Format_Indexed8)
    small.setColorTable([qRgb(*(int(value) for value in color)) for color in palette])
    target.parent.mkdir(parents=True, exist_ok=True)
    if not small.save(str(target), "PNG", 0):
        raise OSError(f"{target} could not be written")


def few_colors(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A palette of at most 256 colors and, for each pixel (n, 3), the index of its nearest."""
    grays = np.repeat(np.linspace(0, 255, 64).round()[:, None], 3, axis=1)
    colored = pixels[np.ptp(pixels.astype(int), axis=1) > 8]
    common = np.zeros((0, 3))
    if len(colored):
        coarse, counts = np.unique(colored // 8 * 8 + 4, axis=0, return_counts=True)
        common = coarse[np.argsort(counts)[::-1][:192]]
    palette = np.concatenate([grays, common])
    values, inverse = np.unique(pixels, axis=0, return_inverse=True)
    distance = np.stack([((values.astype(float) - color) ** 2).sum(1) for color in palette])
    return palette, distance.argmin(0)[inverse.ravel()]
