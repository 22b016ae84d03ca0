from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.study.slugs import MAX_LENGTH, slug, unused


@given(st.text())
def test_any_text_becomes_a_safe_name(text: str) -> None:
    made = slug(text)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", made)
    assert 1 <= len(made) <= MAX_LENGTH + len("-case")


@given(st.text())
def test_a_safe_name_stays_as_it_is(text: str) -> None:
    assert slug(slug(text)) == slug(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ProstateX-0001", "ProstateX-0001"),
        ("Müller, José / 2", "Muller-Jose-2"),
        ("../../etc/passwd", "etc-passwd"),
        ("前列腺", "case"),
        ("", "case"),
        ("CON", "CON-case"),
        ("lpt1", "lpt1-case"),
        ("a" * 200, "a" * MAX_LENGTH),
    ],
)
def test_names_are_reduced_as_told(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_what_nothing_is_left_of_gets_the_given_word() -> None:
    assert slug("???", otherwise="series") == "series"


def test_a_name_that_differs_only_in_case_counts_as_taken() -> None:
    assert unused("T2W", {"t2w", "t2w-2"}) == "T2W-3"
    assert unused("adc", {"t2w"}) == "adc"
