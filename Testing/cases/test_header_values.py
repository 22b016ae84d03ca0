"""Values of careless headers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.multival import MultiValue

from QualityFinetuneLib.cases.header_values import (
    NoSliceError,
    first_of,
    integer_of,
    number_of,
    orientation_of,
    seconds_of,
    spacing_of,
    vector,
    words_of,
)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("000000", 0),
        ("235959.5", 86399.5),
        ("12:00:01", 43201),
        ("", None),
        ("12", None),
        ("12000x", None),
        (None, None),
        ("120000.x", None),
    ],
)
def test_times_become_seconds_since_midnight(text, expected) -> None:
    assert seconds_of(text) == expected


@pytest.mark.parametrize(
    "value, expected",
    [("3.5", 3.5), (4, 4.0), ("", None), (None, None), ("x", None), ([1, 2], None), (math.inf, None)],
)
def test_numbers_are_finite_or_none(value, expected) -> None:
    assert number_of(value) == expected
    assert integer_of(value) == (None if expected is None else int(expected))


@given(
    st.one_of(st.none(), st.text(max_size=20), st.floats(), st.integers(), st.lists(st.text(max_size=3), max_size=3))
)
def test_nothing_makes_the_readers_raise(value) -> None:
    number_of(value)
    integer_of(value)
    seconds_of(value)


@pytest.mark.parametrize(
    "value, expected",
    [(None, ()), ("", ()), ("ep", ("EP",)), (MultiValue(str, ["se", " ir "]), ("SE", "IR")), (["", ""], ())],
)
def test_words_are_capitals(value, expected) -> None:
    assert words_of(value) == expected


@pytest.mark.parametrize("value", [None, [], [1, 2], [1, 2, "x"], [1, 2, math.nan], [1, 2, 1e9]])
def test_a_vector_has_its_length_and_plausible_numbers(value) -> None:
    with pytest.raises(NoSliceError, match="position"):
        vector(value, 3, "position")
    assert vector(["1", 2, 3.5], 3, "position") == (1, 2, 3.5)


@pytest.mark.parametrize("value", [[1, 0, 0, 1, 0, 0], [2, 0, 0, 0, 1, 0], [0] * 6])
def test_an_orientation_has_two_unit_vectors_at_right_angles(value) -> None:
    with pytest.raises(NoSliceError, match="right angles"):
        orientation_of(value)
    assert orientation_of([0, 1, 0, 0, 0, -1]) == (0, 1, 0, 0, 0, -1)


@pytest.mark.parametrize("value", [[0, 1], [-1, 1]])
def test_a_spacing_is_positive(value) -> None:
    with pytest.raises(NoSliceError, match="positive"):
        spacing_of(value)
    assert spacing_of([0.5, 0.6]) == (0.5, 0.6)


def test_zero_is_a_value() -> None:
    assert first_of(0, 5) == 0
    assert first_of(None, 5) == 5
