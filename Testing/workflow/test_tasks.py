"""A site's own task is known by its name once it was used."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.yaml_config import save_yaml
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.tasks import task_of, tasks_of


def test_packaged_tasks_are_known(study: Study) -> None:
    assert task_of(study, "zones") == load_task("zones")
    with pytest.raises(UserError) as failure:
        task_of(study, "bones")
    assert "gland" in failure.value.why


def test_a_task_file_is_kept_in_the_study(study: Study, tmp_path: Path) -> None:
    own = load_task("gland").model_copy(update={"name": "whole_gland", "title": "Whole gland"})
    save_yaml(tmp_path / "own.yaml", own)
    assert task_of(study, str(tmp_path / "own.yaml")) == own
    (tmp_path / "own.yaml").unlink()
    assert task_of(study, "whole_gland") == own


def test_a_file_that_redefines_a_known_name_is_refused(study: Study, tmp_path: Path) -> None:
    save_yaml(tmp_path / "zones.yaml", load_task("gland").model_copy(update={"name": "zones"}))
    with pytest.raises(UserError) as failure:
        task_of(study, str(tmp_path / "zones.yaml"))
    assert failure.value.code is ErrorCode.CONFLICT


def own_task(folder: Path, *, name: str = "urethra", file: str = "my_urethra.yaml") -> Path:
    """A mask task of a site's own, as somebody writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file
    save_yaml(path, load_task("gland").model_copy(update={"name": name, "title": "Urethra"}))
    return path


def test_a_file_in_the_studys_folder_is_a_task_like_any_other(study: Study) -> None:
    own_task(study.paths.tasks)
    assert list(tasks_of(study).each)[-1] == "urethra"
    assert task_of(study, "urethra").title == "Urethra"
    assert [path.name for path in study.paths.tasks.iterdir()] == ["my_urethra.yaml"], "no second copy"


def test_the_users_own_are_known_in_every_study_and_copied_once_used(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUALITYFINETUNE_RESOURCES", str(tmp_path / "mine"))
    source = own_task(tmp_path / "mine" / "tasks")
    assert "urethra" in tasks_of(None).each and not study.paths.tasks.exists()
    task = task_of(study, "urethra")
    source.unlink()
    assert task_of(study, "urethra") == task and "urethra" not in tasks_of(None).each


def test_a_change_of_the_users_own_does_not_reach_a_study_that_used_it(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUALITYFINETUNE_RESOURCES", str(tmp_path / "mine"))
    task = task_of(study, str(own_task(tmp_path / "mine" / "tasks")))
    save_yaml(tmp_path / "mine" / "tasks" / "my_urethra.yaml", task.model_copy(update={"title": "Other"}))
    assert task_of(study, "urethra").title == "Urethra"
    assert [problem.code for problem in tasks_of(study).problems] == [ErrorCode.CONFLICT]


def test_a_broken_file_is_named_where_its_task_is_asked_for(study: Study) -> None:
    study.paths.tasks.mkdir()
    (study.paths.tasks / "urethra.yaml").write_text("name: urethra\ntitle: Urethra\n")
    assert "gland" in tasks_of(study).each
    with pytest.raises(UserError) as failure:
        task_of(study, "urethra")
    assert failure.value.code is ErrorCode.NOT_FOUND and "roles" in failure.value.why
