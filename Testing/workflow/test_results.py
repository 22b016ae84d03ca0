"""Numbers are read back from a run as they were told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from QualityFinetuneLib.study.records import Run
from QualityFinetuneLib.workflow.results import (
    Unsure,
    by_case,
    summary_of,
    uncertainty_of_answers,
    validation_history,
    waited_for_data,
)


def run(metrics: list[dict[str, Any]]) -> Run:
    now = datetime.now(UTC)
    return Run(
        id=1, kind="evaluate", status="done", title="t", config={}, seed=0, versions={}, results={"metrics": metrics},
        folder=Path(), created=now, started=now, finished=now, error=None,
    )  # fmt: skip


def test_means_spreads_and_counts_come_together() -> None:
    found = summary_of(
        run(
            [
                {"name": "hd95_mean", "value": 3.0, "unit": "mm", "label": "PZ", "stratum": "low"},
                {"name": "hd95_sd", "unit": "mm", "label": "PZ", "stratum": "low", "why": "One case has no spread."},
                {"name": "hd95_n", "value": 1.0, "label": "PZ", "stratum": "low"},
                {"name": "hd95", "value": 3.0, "case": "case-0003", "label": "PZ"},
            ]
        )
    )
    assert len(found) == 1
    row = found[0]
    assert (row.metric, row.label, row.stratum, row.unit) == ("hd95", "PZ", "low", "mm")
    assert (row.mean, row.sd, row.n) == (3.0, None, 1)


def test_single_cases_keep_why_there_is_no_value() -> None:
    rows = by_case(run([{"name": "dice", "case": "case-0012", "label": "Lesion", "why": "Neither has it."}]))
    assert (rows[0].case_id, rows[0].value, rows[0].why) == (12, None, "Neither has it.")


def test_history_is_the_overall_validation_dice_and_a_repeated_epoch_counts_once() -> None:
    told = [
        {"name": "dice", "value": 0.5, "epoch": 1, "stratum": "all"},
        {"name": "dice", "value": 0.9, "epoch": 1, "stratum": "all", "label": "PZ"},
        {"name": "dice", "value": 0.9, "epoch": 1, "stratum": "high"},
        {"name": "dice", "value": 0.9, "epoch": 1, "stratum": "all", "case": "case-0001"},
        {"name": "dice", "epoch": 2, "stratum": "all", "why": "No label."},
        {"name": "loss", "value": 0.1, "epoch": 1},
        {"name": "dice", "value": 0.6, "epoch": 1, "stratum": "all"},
    ]
    assert validation_history(run(told)) == [(1, 0.6)]


def test_a_run_without_results_has_none() -> None:
    assert summary_of(run([])) == []
    assert by_case(run([])) == []


def test_how_unsure_answers_were_is_found_by_case_and_key() -> None:
    told = [
        {"name": "uncertainty", "value": 3.0, "unit": "ml", "case": "case-0012", "label": "Volume"},
        {"name": "uncertainty", "unit": "ml", "case": "case-0013", "label": "Volume", "why": "A single look."},
        {"name": "uncertainty_mean", "value": 0.1, "unit": "nat", "case": "case-0012"},
    ]
    assert uncertainty_of_answers(run(told)) == {
        12: {"Volume": Unsure(value=3.0, unit="ml")},
        13: {"Volume": Unsure(value=None, unit="ml")},
    }


def test_waiting_is_a_mean_over_epochs_and_a_repeated_epoch_counts_once() -> None:
    told = [
        {"name": "data_wait_share", "value": value, "epoch": epoch} for epoch, value in ((1, 0.5), (1, 0.1), (2, 0.3))
    ]
    assert waited_for_data(run(told)) == 0.2
    assert waited_for_data(run([])) is None
