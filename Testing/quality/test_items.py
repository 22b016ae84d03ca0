"""Items: what each kind allows and shows, and what is no item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from QualityFinetuneLib.quality.form import Form

Refusal = Callable[[dict[str, Any] | str], str]


def item(data: dict[str, Any], index: int) -> dict[str, Any]:
    return data["sections"][0]["items"][index]


def test_items_know_their_section_and_what_they_allow(small: Form) -> None:
    assert {one.section for one in small.items()} == {"t2w"}
    assert [one.allowed for one in small.items()] == [(False, True), (False, True), (1, 2, 3), (0, 5)]
    assert small.item("sharp").shown(True) == "yes"
    assert small.item("grade").shown(2) == "2"
    assert small.item("plane").shown(5) == "5 (oblique)"
    with pytest.raises(KeyError):
        small.item("nothing")


@pytest.mark.parametrize(
    ("index", "change", "said"),
    [
        (2, {"minimum": 3}, "a scale needs a minimum and a larger maximum"),
        (2, {"maximum": None}, "a scale needs a minimum and a larger maximum"),
        (2, {"labels": {7: "far"}}, "labels must lie within 1 to 3"),
        (1, {"minimum": 0}, "minimum and maximum belong to a scale"),
        (1, {"labels": {0: "no", 1: "yes"}}, "a yes-or-no item has no labels"),
        (3, {"labels": {1: "only"}}, "labels for at least two values"),
        (1, {"verified": True, "evidence": "I"}, "verified is true exactly when evidence is V"),
        (1, {"verified": False, "evidence": "V"}, "verified is true exactly when evidence is V"),
        (1, {"check": {"measure": "slice_thickness_mm", "roles": ["t2w"], "at_most": 3}}, "a check belongs to"),
        (1, {"colour": "red"}, "not permitted"),
        (1, {"id": "Sharp item"}, "pattern"),
    ],
)
def test_an_incoherent_item_is_refused(
    small_data: dict[str, Any], refusal: Refusal, index: int, change: dict[str, Any], said: str
) -> None:
    item(small_data, index).update(change)
    assert said in refusal(small_data)
