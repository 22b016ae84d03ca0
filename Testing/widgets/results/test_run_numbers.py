"""Numbers of runs as rows of a table."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from QualityFinetuneLib.widgets.results.run_numbers import dice_words


def run(kind: str, *metrics: dict[str, Any], status: str = "done") -> Any:
    return SimpleNamespace(kind=kind, status=status, results={"metrics": list(metrics)}, config={}, id=1)


@pytest.mark.parametrize("kind", ["predict", "pretrain"])
def test_a_run_without_a_dice_has_no_word(kind: str) -> None:
    assert dice_words(run(kind)) == ""


def test_the_best_validation_of_a_finetune_counts_over_all_cases_only() -> None:
    found = run(
        "finetune",
        {"name": "val_dice", "value": 0.61, "epoch": 1},
        {"name": "val_dice", "value": None, "epoch": 2},
        {"name": "val_dice", "value": 0.99, "epoch": 2, "stratum": "high"},
    )
    assert dice_words(found) == "0.61" and dice_words(run("finetune")) == "–"
