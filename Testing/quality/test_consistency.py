"""Ids, keys and sections that do not fit together are told with their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Refusal = Callable[[dict[str, Any] | str], str]


def exam(data: dict[str, Any]) -> dict[str, Any]:
    return data["scores"][1]


def test_ids_are_used_once(small_data: dict[str, Any], refusal: Refusal) -> None:
    small_data["options"][0]["id"] = "sharp"
    assert "sections.0.items.1.id: the id sharp is used twice" in refusal(small_data)
    small_data["options"][0]["id"] = "strict"
    small_data["scores"].append({**exam(small_data)})
    assert "scores.2.id: the id exam is used twice" in refusal(small_data)
    del small_data["scores"][2]
    small_data["sections"].append(
        {**small_data["sections"][0], "items": [{"id": "z", "part": "visual", "label": "Z"}]}
    )
    assert "sections.1.id: the id t2w is used twice" in refusal(small_data)


def test_every_protocol_needs_an_exam_score(small_data: dict[str, Any], refusal: Refusal) -> None:
    exam(small_data)["id"] = "total"
    assert "there is no score with the id exam for bpmri" in refusal(small_data)


def test_scores_and_recommendations_name_sections_of_the_form(small_data: dict[str, Any], refusal: Refusal) -> None:
    exam(small_data)["section"] = "adc"
    small_data["recommendations"] = [
        {"id": "r", "section": "pet", "label": "R", "check": {"measure": "planes", "roles": ["t2w"], "at_least": 1}}
    ]
    said = refusal(small_data)
    assert "scores.1.section: there is no section adc; the sections are t2w" in said
    assert "recommendations.0.section: there is no section pet" in said


def test_keys_must_be_free_and_differ(small_data: dict[str, Any], refusal: Refusal) -> None:
    items = small_data["sections"][0]["items"]
    items[1]["key"] = "B"
    assert "sections.0.items.1.key: the key B is already used by 3D Slicer" in refusal(small_data)
    items[1]["key"] = "Shift+A"
    assert "sections.0.items.1.key: the key Shift+A is already used by the item thin" in refusal(small_data)


def test_an_item_belongs_to_the_section_that_it_stands_in(small_data: dict[str, Any], refusal: Refusal) -> None:
    small_data["sections"][0]["items"][1]["section"] = "dwi"
    assert "stands in the section t2w but names dwi" in refusal(small_data)
