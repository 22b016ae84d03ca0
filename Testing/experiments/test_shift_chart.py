from __future__ import annotations

import io

import numpy as np
from matplotlib.image import imread

from QualityFinetuneLib.experiments.charts import HIGH, LOW, UNRATED
from QualityFinetuneLib.experiments.shift_chart import distribution_chart, shift_chart
from QualityFinetuneLib.quality.distribution.scores import score_distribution
from QualityFinetuneLib.quality.distribution.shift import CaseSet, QualityShift, quality_shift


def _shift(first: list[int | None], second: list[int | None]) -> QualityShift:
    return quality_shift(
        CaseSet(name="training set", scores=first),
        CaseSet(name="deployment set", scores=second),
        scale=(1, 2, 3),
        high_from=2,
    )


def _share_of(png: bytes, color: str) -> float:
    """Share of the picture's pixels in that colour."""
    pixels = (imread(io.BytesIO(png), format="png")[..., :3] * 255).round()
    wanted = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
    return float((np.abs(pixels - wanted).max(axis=-1) < 3).mean())


def test_both_sets_are_drawn_in_colours_that_everyone_tells_apart() -> None:
    png = shift_chart(_shift([3, 3, 1, None], [1, 1, 2]))
    assert _share_of(png, HIGH) > 0.01
    assert _share_of(png, LOW) > 0.005
    assert _share_of(png, UNRATED) < 1e-3


def test_bars_are_as_high_as_their_shares() -> None:
    half = _share_of(distribution_chart("cases", score_distribution([1, 2], scale=(1, 2, 3))), HIGH)
    quarter = _share_of(distribution_chart("cases", score_distribution([1, 2, 2, 2], scale=(1, 2, 3, 4))), HIGH)
    assert half > 0 and quarter > 0
    whole = _share_of(distribution_chart("cases", score_distribution([2], scale=(1, 2, 3))), HIGH)
    assert abs(whole - half) < 0.15 * whole, "shares add up to one either way"


def test_an_unrated_set_is_drawn_empty_and_grey() -> None:
    png = shift_chart(_shift([3, 3, 1], [None, None]))
    assert _share_of(png, LOW) == 0
    assert _share_of(png, UNRATED) > 1e-3  # its mark in the legend
