from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.study import Study


def test_a_model_keeps_where_it_is_and_what_made_it(study: Study) -> None:
    run = study.runs.create("finetune", "gland", {}, 0)
    folder = run.folder / "best"
    folder.mkdir()
    model = study.models.add(name="m", card="taps_gland", folder=folder, sha256="ab", run_id=run.id, task="gland")
    assert study.models.get(model.id) == model
    assert (model.name, model.card, model.folder, model.sha256) == ("m", "taps_gland", folder, "ab")
    assert (model.run_id, model.task) == (run.id, "gland")


def test_models_are_listed_by_task_and_found_by_name(study: Study) -> None:
    first = study.models.add(name="m", card="c", folder=study.paths.runs, sha256="1", task="gland")
    second = study.models.add(name="m", card="c", folder=study.paths.runs, sha256="2", task="zones")
    assert study.models.all() == [first, second]
    assert study.models.all(task="zones") == [second]
    assert study.models.by_name("m") == second


def test_a_folder_that_is_absent_or_outside_is_refused(study: Study, tmp_path: Path) -> None:
    for folder, code in ((study.paths.runs / "9", ErrorCode.BAD_VALUES), (tmp_path, ErrorCode.BAD_CONFIG)):
        with pytest.raises(UserError) as told:
            study.models.add(name="m", card="c", folder=folder, sha256="")
        assert told.value.code is code


def test_what_is_unknown_is_told(study: Study) -> None:
    for look in (
        lambda: study.models.get(1),
        lambda: study.models.by_name("x"),
        lambda: study.models.add(name="m", card="c", folder=study.paths.runs, sha256="", run_id=5),
    ):
        with pytest.raises(UserError) as told:
            look()
        assert told.value.code is ErrorCode.NOT_FOUND
