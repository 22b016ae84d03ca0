"""`predict`: drafts on cases of choice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from QualityFinetuneLib.engine.protocol.job_file import AnyJob
from QualityFinetuneLib.engine.protocol.jobs import PredictJob


def test_held_out_leaves_out_what_the_model_has_seen(run: Any, study: Path, scripted: list[AnyJob]) -> None:
    run("finetune", "--study", study)
    seen = {*(case.id for case in scripted[0].train), *(case.id for case in scripted[0].validate_on)}  # type: ignore[union-attr]
    document = run("predict", "--model", "zones 1", "--held-out", "--study", study, "--json").document
    job = scripted[1]
    assert isinstance(job, PredictJob)
    assert {case.id for case in job.cases}.isdisjoint(seen)
    assert len(document["drafts"]) == len(job.cases) == 6 - len(seen)


def test_a_card_predicts_named_cases(run: Any, study: Path, scripted: list[AnyJob]) -> None:
    ran = run("predict", "--case", "Case 0002", "--case", "2", "--study", study)
    assert ran.code == 0
    assert "1 drafts" in ran.out
    assert "Case 0002 (simulated)" in ran.out
