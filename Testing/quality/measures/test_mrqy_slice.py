"""One slice against the definitions written out plainly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage, signal

from QualityFinetuneLib.quality.measures.mrqy_foreground import convex_foreground
from QualityFinetuneLib.quality.measures.mrqy_slice import EXTENDED, FIFTEEN, measure_slice


@pytest.fixture(scope="module")
def plane() -> np.ndarray:
    rng = np.random.default_rng(3)
    y, x = np.mgrid[-1:1:80j, -1:1:90j]
    body = 200 * ((x / 0.7) ** 2 + (y / 0.8) ** 2 < 1) + 150 * (np.hypot(x, y) < 0.3)
    return np.hypot(body + rng.normal(0, 10, body.shape), rng.normal(0, 10, body.shape)).astype(np.int64)


def plainly(seen: np.ndarray, plane: np.ndarray) -> dict[str, float]:
    """The definitions; the foreground is that of the image as `seen`, as fractions have coarser histograms."""
    hull = convex_foreground(seen)
    f, b = plane[hull], plane[~hull]
    front, back = plane * hull, plane * ~hull

    def patch(image: np.ndarray) -> np.ndarray:
        row, column = (int(i[0]) for i in np.where(image == image.max()))
        return np.pad(image, 5)[row : row + 5, column : column + 5]

    here, there = patch(front), patch(back)
    kernel = np.full((3, 3), -1 / 8)
    kernel[1, 1] = 1
    smooth = ndimage.median_filter(front / front.max(), 5, mode="nearest")
    root = math.sqrt((front**2).sum())
    most = abs(math.sqrt(front.size) * math.log(1 / math.sqrt(front.size)))
    return {
        "MEAN": f.mean(),
        "RNG": np.ptp(f),
        "VAR": f.var(),
        "CV": f.std() / f.mean() * 100,
        "CPP": signal.convolve2d(front, kernel, mode="same").mean(),
        "PSNR": 20 * np.log10(front.max() / np.sqrt(((front - smooth) ** 2).mean())),
        "SNR1": f.std() / b.std(),
        "SNR2": here.mean() / b.std(),
        "SNR3": here.mean() / here.std(),
        "SNR4": here.mean() / there.std(),
        "CNR": (here - there).mean() / there.std(),
        "CVP": here.std() / here.mean(),
        "CJV": (f.std() + b.std()) / abs(f.mean() - b.mean()),
        "EFC": np.sum(front / root * np.log((front + 1e16) / root)) / most,
        "FBER": np.median(f**2) / np.median(b**2),
    }


@pytest.mark.parametrize("kind", [np.int64, np.uint16, np.float64])
def test_the_fifteen_follow_the_definitions(plane: np.ndarray, kind: type) -> None:
    found = measure_slice(plane.astype(kind), extended=False)
    assert tuple(found.values) == FIFTEEN
    for name, value in plainly(plane.astype(kind), plane).items():
        assert found.values[name] == pytest.approx(float(value), rel=1e-9), name
    assert not (found.constant_background or found.constant_background_patch or found.dark_background)


def test_an_empty_background_is_marked(plane: np.ndarray) -> None:
    masked = np.where(convex_foreground(plane), plane, 0)
    found = measure_slice(masked, extended=True)
    assert found.constant_background and found.constant_background_patch and found.dark_background
    assert math.isfinite(found.values["MEAN"])


@pytest.mark.parametrize("extended", [True, False])
@pytest.mark.parametrize(
    "flat", [np.zeros((9, 9), int), np.full((9, 9), 5), np.ones((1, 1), int), np.eye(7, dtype=int)]
)
def test_flat_slices_raise_nothing(flat: np.ndarray, extended: bool) -> None:
    found = measure_slice(flat, extended=extended)
    assert set(found.values) == set(EXTENDED if extended else FIFTEEN)
