"""Answers about exams in the table of numbers: told by the names of their metrics."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from QualityFinetuneLib.widgets.results.run_numbers import dice_words, rows


def run(kind: str, metric: str, *metrics: dict[str, Any]) -> Any:
    config = {"answer": "grades", "metric": metric}
    return SimpleNamespace(kind=kind, status="done", results={"metrics": list(metrics)}, config=config, id=1)


def test_metrics_are_told_by_name_with_their_interval() -> None:
    evaluation = run(
        "evaluate",
        "quadratic_kappa",
        {"name": "error", "value": 1.0, "case": "case-0001", "stratum": "high"},
        {"name": "quadratic_kappa", "value": 0.5, "stratum": "all"},
        {"name": "quadratic_kappa_lower", "value": 0.2, "stratum": "all"},
        {"name": "quadratic_kappa_upper", "value": 0.7, "stratum": "all"},
        {"name": "quadratic_kappa_cases", "value": 12.0, "stratum": "all"},
        {"name": "quadratic_kappa", "value": None, "stratum": "low", "why": "No case tells."},
    )
    all_cases, low = rows(evaluation)
    assert all_cases[1] == "quadratic kappa: 0.50 (0.20 to 0.70)" and all_cases[-1] == "12"
    assert low[1] == "quadratic kappa: –"
    assert dice_words(evaluation) == "0.50 quadratic kappa"


def test_the_smallest_error_of_a_finetune_is_its_best() -> None:
    told = [
        {"name": "mean_absolute_error", "value": value, "epoch": epoch, "stratum": "all"}
        for epoch, value in ((1, 9.0), (2, 4.0), (3, 6.0))
    ]
    assert dice_words(run("finetune", "mean_absolute_error", *told)) == "4.00 mean absolute error"
    assert dice_words(run("finetune", "mean_absolute_error")) == "–"
    assert dice_words(run("predict", "mean_absolute_error")) == ""
