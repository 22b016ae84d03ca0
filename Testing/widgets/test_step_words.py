"""The step bar."""

from __future__ import annotations

from typing import Any

from QualityFinetuneLib.widgets.run_monitor import RunProgress
from QualityFinetuneLib.widgets.session import Session
from QualityFinetuneLib.widgets.step_words import step_texts


def test_without_a_study_only_the_names_are_shown() -> None:
    assert step_texts(Session(), RunProgress())["Study"] == "1 Study\n"


def test_a_run_shows_its_percentage_where_it_was_started(session: Any) -> None:
    running = RunProgress(kind="predict", state="running", done=1, total=4)
    assert step_texts(session, running)["Results"] == "5 Results\n25 %"
    training = RunProgress(kind="finetune", state="running", done=1, total=2)
    assert step_texts(session, training)["Finetune"] == "4 Finetune\n50 %"
