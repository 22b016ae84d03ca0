"""`evaluate`: a prediction measured by a real worker, readable at a glance and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.engine.protocol.job_file import AnyJob
from QualityFinetuneLib.workflow import executing


def test_evaluate_takes_the_newest_prediction_and_measures_it(
    run: Any, study: Path, scripted: list[AnyJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        run("predict", "--study", study)
        patched.undo()
    monkeypatch.undo()
    assert "scripted" not in executing.run_job.__module__
    monkeypatch.setenv("COLUMNS", "200")
    ran = run("evaluate", "--study", study)
    assert ran.code == 0, ran.err
    assert "HD95" in ran.out
    document = run("evaluate", "--run", "1", "--study", study, "--json").document
    rows = {(row["stratum"], row["metric"]): row for row in document["summary"]}
    assert rows["all", "dice"]["n"] == 6
    assert 0 < rows["all", "dice"]["mean"] < 1


def test_evaluate_needs_a_prediction(run: Any, study: Path, scripted: list[AnyJob]) -> None:
    assert run("evaluate", "--study", study).code == 1
    run("finetune", "--study", study)
    ran = run("evaluate", "--run", "1", "--study", study)
    assert ran.code == 1
    assert "finetune run" in ran.err
