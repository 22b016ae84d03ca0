"""Means over exams, spread over seeds, and each seed compared with the same seed from random weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def modes(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("modes_table")


def result(pz: float, tz: float, *, elapsed_s: float = 60.0) -> dict[str, Any]:
    dice = {"A/PZ": pz - 0.1, "A/TZ": tz, "B/PZ": pz + 0.1, "B/TZ": tz}
    return {"dice": dice, "elapsed_s": elapsed_s, "steps": 100}


def test_a_row_tells_means_spread_and_gain_seed_by_seed(modes: ModuleType) -> None:
    scratch, full, lora = modes.Arm("n", "scratch", "random"), modes.Arm("n", "full", modes.OWN), modes.ARMS[-1]
    results = {
        (scratch, 0): result(0.2, 0.4),
        (scratch, 1): result(0.4, 0.4),
        (full, 0): result(0.5, 0.7, elapsed_s=20.0),
        (full, 1): result(0.3, 0.3, elapsed_s=41.0),
    }
    head, rule, first, second = modes.table_of([scratch, full, lora], results, ["PZ", "TZ"]).splitlines()
    assert head.count("|") == rule.count("|") == first.count("|") == second.count("|")
    assert "| 0.300 (0.200 to 0.400) | 0.400 (0.400 to 0.400) | 0.350 (0.300 to 0.400) |  | 2 | 60 |" in first
    assert "| 0.400 (0.300 to 0.500) | 0.500 (0.300 to 0.700) | 0.450 (0.300 to 0.600) |" in second
    assert second.endswith("| +0.100 (−0.100 to +0.300) | 2 | 30 |")


def test_a_seed_without_its_run_from_random_weights_has_no_gain(modes: ModuleType) -> None:
    scratch, full = modes.Arm("n", "scratch", "random"), modes.Arm("n", "full", modes.OWN)
    results = {(scratch, 0): result(0.2, 0.4), (full, 1): result(0.5, 0.7)}
    assert modes.table_of([scratch, full], results, ["PZ"]).splitlines()[-1].endswith("|  | 1 | 60 |")


def test_only_the_table_of_a_document_is_replaced(modes: ModuleType) -> None:
    text = f"before {modes.BEGIN}\n\nold\n\n{modes.END} after"
    once = modes.replaced(text, "new")
    assert once == f"before {modes.BEGIN}\n\nnew\n\n{modes.END} after"
    assert modes.replaced(once, "new") == once


def test_a_pretraining_is_told_in_steps(modes: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps({"history": [{}] * 30, "best": {"held_out_loss": 0.78449}}))
    told = modes.pretraining_of("segresnet", path, steps_per_epoch=10)
    assert told == "Own pretraining of segresnet: 300 steps, held-out loss 0.784 (1 is no guess at all)."


def test_no_two_arms_share_a_folder(modes: ModuleType) -> None:
    names = [arm.name for arm in modes.ARMS]
    assert len({name.casefold() for name in names}) == len(names)
    assert not any(" " in name for name in names)
