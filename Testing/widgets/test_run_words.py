"""What a run in progress says."""

from __future__ import annotations

import pytest

from QualityFinetuneLib.widgets import run_words
from QualityFinetuneLib.widgets.run_monitor import RunProgress


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("starting", "Finetune: starting the engine …"),
        ("running", "Finetune is running"),
        ("cancelling", "Finetune: stopping after this step …"),
        ("done", "Finetune: done"),
        ("cancelled", "Finetune: cancelled"),
        ("failed", "Finetune: failed"),
        ("idle", ""),
    ],
)
def test_every_state_has_its_words(state: str, said: str) -> None:
    assert run_words.title(RunProgress(kind="finetune", state=state)) == said  # type: ignore[arg-type]


def test_units_time_and_device_are_told() -> None:
    progress = RunProgress(state="running", done=3, total=8, unit="case", eta_s=200, device="cpu")
    assert run_words.status(progress) == "3 of 8 cases · about 3 min to go · on CPU"
    ended = RunProgress(state="done", elapsed_s=4000, device="Graphics card")
    assert run_words.status(ended) == "took 1 h 7 min · on Graphics card"


def test_the_numbers_are_told_without_the_engines_prefixes() -> None:
    progress = RunProgress(curve_name="validation_dice", curve=[(1, 0.4), (2, 0.61)], loss=0.25)
    assert run_words.metric(progress) == "Dice 0.61"
    assert run_words.caption(progress) == "Validation Dice, epochs 1 to 2, best 0.61; training loss 0.250"
    assert run_words.metric(RunProgress()) == "" and run_words.caption(RunProgress()) == ""


def test_the_engines_estimates_are_told_while_it_runs() -> None:
    progress = RunProgress(kind="finetune", state="running", estimated_memory_gb=3.42, estimated_s=300.0)
    assert run_words.status(progress) == "about 5 min in all · needs about 3.4 GB"
    progress.eta_s = 120.0
    assert run_words.status(progress) == "about 2 min to go · needs about 3.4 GB"
    progress.state = "done"
    assert "GB" not in run_words.status(progress)
