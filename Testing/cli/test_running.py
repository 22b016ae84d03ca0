"""A run in the shell: what is shown while it goes, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from harness import scripted_engine
from QualityFinetuneLib.cli.guard import INTERRUPTED
from QualityFinetuneLib.cli.output import Output
from QualityFinetuneLib.cli.running import run_with_progress
from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Cancelled, Done, Metric, Progress, Warned
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.predicting import prepare_predict


def test_warnings_and_numbers_are_shown_on_stderr(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def says(job: object) -> Iterator[AnyEvent]:
        yield scripted_engine.started("predict")
        yield Metric(name="estimated_memory", value=3.42, unit="GB")
        yield Metric(name="estimated_time", value=300.0, unit="s")
        yield Progress(done=1, total=2, eta_s=75.0)
        yield Metric(name="estimated_time", value=290.0, unit="s")
        yield Metric(name="dice", value=0.5, label="PZ")
        yield Warned(code=ErrorCode.MISSING_SERIES, what="No ADC.", why="It is not there.", next="Go on.")
        yield Progress(done=2, total=2, eta_s=0.0)
        yield Done(elapsed_s=1.0)

    monkeypatch.setenv("COLUMNS", "160")
    scripted_engine.install(monkeypatch, says)
    with Study.open(study) as opened:
        prepared = prepare_predict(opened, "taps_gland", opened.cases.all()[:2])
        run = run_with_progress(opened, prepared, Output())
    assert run.status == "done"
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "No ADC. It is not there. Go on." in captured.err
    assert "This run needs about 3.4 GB of memory." in captured.err
    assert captured.err.count("This run takes about 5 min.") == 1
    assert "2/2" in captured.err
    assert "dice PZ 0.500" in captured.err


def test_a_stopped_prediction_says_what_is_kept(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted_engine.install(monkeypatch, lambda job: iter([scripted_engine.started("predict"), Cancelled()]))
    with Study.open(study) as opened:
        prepared = prepare_predict(opened, "taps_gland", opened.cases.all()[:1])
        with pytest.raises(typer.Exit) as end:
            run_with_progress(opened, prepared, Output())
    assert end.value.exit_code == INTERRUPTED
    assert "what it had finished is kept" in capsys.readouterr().out
