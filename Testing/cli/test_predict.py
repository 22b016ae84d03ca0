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


def test_several_runs_predict_together_with_maps(run: Any, study: Path, scripted: list[AnyJob]) -> None:
    run("finetune", "--study", study)
    run("finetune", "--study", study)
    options = ("--ensemble", "zones 2", "--flips", "--uncertainty", "--probabilities", "--dropout", 3)
    ran = run("predict", "--model", "zones 1", *options, "--case", "2", "--study", study, "--json")
    job = scripted[-1]
    assert isinstance(job, PredictJob)
    assert [choice.folder.parent.name for choice in job.models if choice.folder] == ["1", "2"]
    assert (job.flips, job.dropout_passes, job.uncertainty, job.probabilities) == (True, 3, True, True)
    assert [entry["role"] for entry in ran.document["maps"]] == ["uncertainty", "probability", "probability"]
    assert all(Path(entry["path"]).is_file() and entry["case"] == 2 for entry in ran.document["maps"])


def test_held_out_leaves_out_what_any_of_the_ensemble_has_seen(run: Any, study: Path, scripted: list[AnyJob]) -> None:
    run("finetune", "--study", study, "--seed", 1)
    run("predict", "--ensemble", "zones 1", "--model", "zones 1", "--held-out", "--study", study)
    seen = {*(case.id for case in scripted[0].train), *(case.id for case in scripted[0].validate_on)}  # type: ignore[union-attr]
    assert {case.id for case in scripted[1].cases}.isdisjoint(seen)  # type: ignore[union-attr]


def test_an_ensemble_of_two_tasks_is_refused(run: Any, study: Path, scripted: list[AnyJob]) -> None:
    run("finetune", "--study", study)
    ran = run("predict", "--ensemble", "zones 1", "--study", study)
    assert ran.code != 0 and "zones 1 cannot be part of this ensemble" in ran.err
