"""`tasks`: what can be learned is listed, and a site's own is added without code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.yaml_config import save_yaml
from QualityFinetuneLib.engine.protocol.job_file import AnyJob


def test_packaged_tasks_are_listed_without_a_study(run: Any, tmp_path: Path) -> None:
    document = run("tasks", "list", "--study", tmp_path, "--json").document
    assert {"gland", "pi_rads"} <= {task["name"] for task in document["tasks"]}
    assert not any(task["own"] for task in document["tasks"])


def test_an_own_task_is_added_listed_and_trained(
    run: Any, study: Path, tmp_path: Path, scripted: list[AnyJob]
) -> None:
    save_yaml(tmp_path / "mine.yaml", load_task("zones").model_copy(update={"name": "our_zones", "title": "Ours"}))
    assert run("tasks", "add", tmp_path / "mine.yaml", "--study", study).code == 0
    listed = run("tasks", "list", "--study", study, "--json").document["tasks"]
    assert [task["name"] for task in listed if task["own"]] == ["our_zones"]
    told = run("finetune", "--task", "our_zones", "--study", study)
    assert told.code == 1 and "Ours" in told.err, "known, but nothing is outlined for it yet"


def test_a_broken_file_is_told_and_the_rest_is_listed(run: Any, study: Path) -> None:
    (study / "tasks").mkdir()
    (study / "tasks" / "bad.yaml").write_text("name: bad\n")
    ran = run("tasks", "list", "--study", study)
    assert ran.code == 0 and "bad.yaml" in ran.err and "gland" in ran.out
    assert run("tasks", "add", study / "tasks" / "bad.yaml", "--study", study).code == 1


def test_an_own_card_is_listed_with_the_models(run: Any, study: Path) -> None:
    from QualityFinetuneLib.models.registry import card

    (study / "models").mkdir()
    save_yaml(study / "models" / "ours.yaml", card("taps_gland").model_copy(update={"name": "ours"}))
    (study / "models" / "bad.yaml").write_text("name: bad\n")
    ran = run("models", "list", "--study", study)
    assert "ours" in ran.out and "bad.yaml" in ran.err
    assert run("models", "show", "ours", "--study", study).code == 0
