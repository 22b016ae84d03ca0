"""Rating keys: none that Slicer already uses."""

from __future__ import annotations

import re

import pytest

from QualityFinetuneLib.quality.form import packaged_forms
from QualityFinetuneLib.quality.keys import KEY_PATTERN, RESERVED_KEYS

TAKEN_LETTERS = set("ZYQWI") | set("BFVRGT")  # Segment Editor, slice views


def test_the_letters_of_the_segment_editor_and_the_slice_views_are_reserved() -> None:
    assert {key for key in RESERVED_KEYS if re.fullmatch("[A-Z]", key)} == TAKEN_LETTERS
    assert {*"0123456789", *(f"Shift+{digit}" for digit in range(10)), "Esc", "Space"} <= RESERVED_KEYS


@pytest.mark.parametrize("form", packaged_forms(), ids=lambda form: form.name)
def test_packaged_forms_use_free_keys_each_once(form) -> None:
    keys = [item.key for item in form.items()]
    assert all(keys), "every item can be reached by key"
    assert len(set(keys)) == len(keys)
    assert not set(keys) & RESERVED_KEYS


@pytest.mark.parametrize("key", ["A", "Shift+A", "F5", "-", "Shift+;"])
def test_keys_are_written_as_slicer_writes_them(key: str) -> None:
    assert re.fullmatch(KEY_PATTERN, key)


@pytest.mark.parametrize("key", ["a", "Ctrl+A", "shift+a", "1", "Shift+1", "AB", "F13", "", "Space"])
def test_other_spellings_and_chords_are_none(key: str) -> None:
    assert not re.fullmatch(KEY_PATTERN, key)
