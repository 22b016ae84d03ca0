"""A run that cannot be done ends as failed, with the reason, in the study and for the caller."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness import scripted_engine
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.events import Failed
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.executing import execute
from QualityFinetuneLib.workflow.predicting import prepare_predict


def test_a_failed_run_raises_and_is_recorded(rated: Study, script: Callable[..., list]) -> None:
    script(lambda job: iter([Failed(code=ErrorCode.NO_WEIGHTS, what="No.", why="None.", next="Get them.")]))
    prepared = prepare_predict(rated, "taps_gland", rated.cases.all()[:1])
    with pytest.raises(UserError) as failure:
        execute(rated, prepared)
    assert failure.value.code is ErrorCode.NO_WEIGHTS
    run = rated.runs.get(prepared.run.id)
    assert run.status == "failed"
    assert run.error is not None
    assert run.error["code"] == "no_weights"


def test_a_python_that_is_not_there_fails_the_run_with_what_to_do(rated: Study) -> None:
    settings = rated.settings.model_copy(update={"engine_python": Path("no-such-python")})
    rated.save_settings(settings)
    prepared = prepare_predict(rated, "taps_gland", rated.cases.all()[:1])
    with pytest.raises(UserError) as failure:
        execute(rated, prepared)
    assert failure.value.code is ErrorCode.BAD_CONFIG
    assert rated.runs.get(prepared.run.id).status == "failed"


def test_a_watcher_that_breaks_leaves_a_closed_run(rated: Study, dead_pid: int, script: Callable[..., list]) -> None:
    begin = scripted_engine.started("predict", pid=dead_pid)
    script(lambda job: iter([begin]))
    prepared = prepare_predict(rated, "taps_gland", rated.cases.all()[:1])
    (prepared.run.folder / "events.jsonl").write_text(begin.model_dump_json() + "\n")

    def interrupted(event: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(rated, prepared, on_event=interrupted)
    run = rated.runs.get(prepared.run.id)
    assert run.status == "failed"
    assert run.error is not None
    assert run.error["code"] == "engine_died"
