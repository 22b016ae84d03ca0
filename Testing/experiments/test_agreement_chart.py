"""Two readings against each other as a picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.image import imread

from QualityFinetuneLib.experiments.agreement_chart import crossed_chart
from QualityFinetuneLib.experiments.agreement_section import Crossed


def crossed(*counts: tuple[int, ...]) -> Crossed:
    return Crossed(title="exam score", first="A", second="B", scale=tuple(range(1, len(counts) + 1)), counts=counts)


def blue(png: bytes) -> float:
    pixels = imread(io.BytesIO(png), format="png")[..., :3]
    return float((pixels[..., 2] - pixels[..., 0] > 0.25).mean())


def test_cells_with_cases_are_shaded_and_empty_ones_are_not() -> None:
    none, one, all_ = ((0, 0), (0, 0)), ((3, 0), (0, 0)), ((3, 3), (3, 3))
    shares = [blue(crossed_chart([crossed(*counts)])) for counts in (none, one, all_)]
    assert shares[0] == pytest.approx(0, abs=1e-3)
    assert shares[2] == pytest.approx(4 * shares[1], rel=0.1)


def test_tables_stand_side_by_side() -> None:
    single = imread(io.BytesIO(crossed_chart([crossed((1, 0), (0, 1))])), format="png")
    double = imread(io.BytesIO(crossed_chart([crossed((1, 0), (0, 1))] * 2)), format="png")
    assert double.shape[0] == single.shape[0] and double.shape[1] > 1.5 * single.shape[1]
    assert np.isfinite(double).all()
