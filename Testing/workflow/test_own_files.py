"""A site's own file is added to a study: a task or a card, whichever it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cases.tasks import Task, load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.yaml_config import save_yaml
from QualityFinetuneLib.models.cards import ModelCard
from QualityFinetuneLib.models.registry import card
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.own_files import add_own, own_files, problems_of


def test_a_task_and_a_card_are_told_apart_and_copied(study: Study, tmp_path: Path) -> None:
    save_yaml(tmp_path / "one.YAML", load_task("isup").model_copy(update={"name": "gleason"}))
    save_yaml(tmp_path / "two.yaml", card("taps_gland").model_copy(update={"name": "ours"}))
    assert isinstance(add_own(study, tmp_path / "one.YAML"), Task)
    assert isinstance(add_own(study, tmp_path / "two.yaml"), ModelCard)
    assert [one.name for one in own_files(study)] == ["gleason", "ours"] and problems_of(study) == []
    assert (study.paths.tasks / "gleason.yaml").is_file() and (study.paths.models / "ours.yaml").is_file()
    add_own(study, tmp_path / "one.YAML")
    assert len(own_files(study)) == 2, "the same again changes nothing"


def test_a_file_that_is_neither_is_told_and_leaves_nothing(study: Study, tmp_path: Path) -> None:
    picture = tmp_path / "picture.yaml"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    for path in (picture, tmp_path / "absent.yaml"):
        with pytest.raises(UserError) as told:
            add_own(study, path)
        assert told.value.code is ErrorCode.UNREADABLE_FILE
    (tmp_path / "task.yaml").write_text("name: own\ntitle: Own\nroles: [t9w]\nanswer: grades\n")
    with pytest.raises(UserError, match="line 3, roles"):
        add_own(study, tmp_path / "task.yaml")
    assert own_files(study) == [] and not study.paths.tasks.exists()


def test_what_is_wrong_in_either_folder_is_told(study: Study) -> None:
    for folder in (study.paths.tasks, study.paths.models):
        folder.mkdir()
        (folder / "broken.yaml").write_text("name: broken\n")
    assert len(problems_of(study)) == 2
