"""A site's own task is known by its name once it was used."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.yaml_config import save_yaml
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.tasks import task_of


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
