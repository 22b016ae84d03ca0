"""One run followed and recorded."""

from __future__ import annotations

from typing import Any

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.events import Done, Log, Metric, Progress, Warned
from QualityFinetuneLib.widgets.run_monitor import RunMonitor
from QualityFinetuneLib.workflow.predicting import prepare_predict
from widgets.scripted_engine import ScriptedEngine


@pytest.fixture
def monitor(study: Any) -> tuple[RunMonitor, ScriptedEngine]:
    engine = ScriptedEngine()
    made = RunMonitor(engine)
    made.start(study, prepare_predict(study, "taps_gland", study.cases.all()[:2]))
    return made, engine


def test_the_curve_holds_the_mean_over_all_cases_and_nothing_else(monitor: Any) -> None:
    made, engine = monitor
    engine.say(
        Metric(name="dice", value=0.5, epoch=1, stratum="all"),
        Metric(name="dice", value=0.9, epoch=1, stratum="high"),
        Metric(name="dice", value=0.9, epoch=1, label="Gland", stratum="all"),
        Metric(name="dice", value=0.9, epoch=1, case="case-0001", label="Gland"),
        Metric(name="learning_rate", value=0.1, epoch=1),
        Metric(name="loss", value=0.7, epoch=1),
        Metric(name="dice", value=None, epoch=2, stratum="all", why="none"),
    )
    made.poll()
    assert made.progress.curve == [(1, 0.5)] and made.progress.loss == 0.7 and made.progress.best == 0.5


def test_the_same_warning_is_kept_once(monitor: Any) -> None:
    made, engine = monitor
    warning = Warned(code=ErrorCode.MISSING_SERIES, what="No ADC.", why="None.", next="Import it.")
    engine.say(warning, warning, Log(text="hello"))
    made.poll()
    assert len(made.progress.warnings) == 1 and made.progress.note == "hello"


def test_an_event_of_a_single_request_does_not_end_the_run(monitor: Any) -> None:
    made, engine = monitor
    engine.say_started()
    engine.say(Done(elapsed_s=1.0, request="r1"), Progress(done=1, total=4))
    made.poll()
    assert made.progress.active and made.progress.fraction == 0.25


def test_the_end_is_told_once_and_the_engine_closed(monitor: Any) -> None:
    made, engine = monitor
    told: list[str] = []
    made.ended.connect(lambda progress: told.append(progress.state))
    engine.say_started()
    engine.say(Done(elapsed_s=2.0))
    made.poll()
    made.poll()
    assert told == ["done"] and engine.closed == 1


def test_closing_records_that_the_run_was_cancelled(monitor: Any, study: Any) -> None:
    made, engine = monitor
    engine.say_started()
    made.poll()
    made.close()
    assert study.runs.all()[0].status == "cancelled" and made.progress.state == "cancelled"


def test_an_engine_that_ends_without_a_word_leaves_a_run_to_resume(monitor: Any, study: Any) -> None:
    made, engine = monitor
    engine.stops_when_cancelled = False
    engine.say_started()
    made.poll()
    made.close()
    run = study.runs.all()[0]
    assert run.status == "failed" and run.error["code"] == "engine_died"


def test_a_refused_start_is_recorded_and_told(study: Any) -> None:
    engine = ScriptedEngine()
    engine.refuse = UserError(ErrorCode.BAD_CONFIG, what="No.", why="No.", next="No.")
    made = RunMonitor(engine)
    with pytest.raises(UserError):
        made.start(study, prepare_predict(study, "taps_gland", study.cases.all()[:1]))
    assert study.runs.all()[0].status == "failed" and not made.progress.active


def test_cancelling_nothing_does_nothing(study: Any) -> None:
    made = RunMonitor(ScriptedEngine())
    made.cancel()
    made.poll()
    made.close()
    assert made.progress.state == "idle"
