from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from QualityFinetuneLib.study.records import PARTS, Split

SPLIT = Split(
    id=1,
    name="main",
    seed=0,
    fractions={"train": 0.5, "validate": 0.25, "test": 0.25},
    members={5: "train", 2: "test", 3: "train", 9: "validate"},
    created=datetime(2026, 3, 2, tzinfo=UTC),
)


def test_a_split_lists_the_cases_of_a_part_in_order() -> None:
    assert {part: SPLIT.part(part) for part in PARTS} == {"train": [3, 5], "validate": [9], "test": [2]}


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        SPLIT.seed = 2  # type: ignore[misc]
