from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.quality.prediction.example import Example
from QualityFinetuneLib.quality.prediction.features import Features, features_of


def test_only_measures_that_most_have_and_that_vary_are_used(examples) -> None:
    assert features_of(examples()).names == ("sharpness", "noise")


def test_scaled_by_median_and_interquartile_range() -> None:
    made = [Example(patient="P", target=0.0, values={"m": float(value)}) for value in range(101)]
    features = features_of(made)
    assert (features.centre, features.spread) == ((50.0,), (50.0,))
    np.testing.assert_allclose(features.vector({"m": 100.0}), [math.asinh(1.0)])
    np.testing.assert_allclose(features.vector({"m": 1e9}), [math.asinh(1.0)])
    assert features.vector({}) == [0.0]
    assert features.missing({"m": float("nan")}) == ("m",)
    assert features.beyond({"m": 1e9}) == ("m",) and features.beyond({"m": 110.0}) == ()


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2, unique=True))
def test_a_larger_value_is_never_a_smaller_number(pair: list[float]) -> None:
    features = Features(names=("m",), centre=(3.0,), spread=(2.0,), reach=(5.0,))
    low, high = sorted(pair)
    assert features.vector({"m": low})[0] <= features.vector({"m": high})[0]
