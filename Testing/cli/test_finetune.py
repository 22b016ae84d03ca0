"""`finetune`: exactly the asked mix, or a message with the numbers; interruption keeps the best model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import scripted_engine
from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Cancelled, Failed, Metric, Progress
from QualityFinetuneLib.engine.protocol.job_file import AnyJob
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob
from QualityFinetuneLib.study.study import Study


def test_a_finetune_ends_with_a_model_and_what_to_do_next(run: Any, study: Path, scripted: list[AnyJob]) -> None:
    ran = run("finetune", "--high", "1", "--epochs", "3", "--seed", "4", "--study", study)
    assert ran.code == 0
    assert "validation Dice 0.700" in ran.out
    assert 'predict --model "zones 1" --held-out' in ran.out
    job = scripted[0]
    assert isinstance(job, FinetuneJob)
    assert (len(job.train), job.options.epochs, job.seed, job.options.mode) == (1, 3, 4, "frozen")


def test_json_tells_run_model_and_best_dice(run: Any, study: Path, scripted: list[AnyJob]) -> None:
    document = run("finetune", "--mode", "scratch", "--study", study, "--json").document
    assert document["status"] == "done"
    assert document["model"]["name"] == "zones 1"
    assert document["best_validation_dice"] == 0.7


def test_a_dry_run_shows_the_cases_and_records_no_run(run: Any, study: Path) -> None:
    ran = run("finetune", "--high", "1", "--low", "1", "--dry-run", "--study", study, "--json")
    assert ran.code == 0
    assert len(ran.document["train"]) == 2
    with Study.open(study) as opened:
        assert opened.runs.all() == []


def test_too_few_cases_tells_how_many_there_are(run: Any, study: Path) -> None:
    ran = run("finetune", "--high", "50", "--study", study, "--json")
    assert ran.code == 1
    assert ran.document["error"]["code"] == "too_few_cases"
    assert "the training part has" in ran.document["error"]["why"]


def test_named_cases_and_a_model_to_go_on_from(run: Any, study: Path, scripted: list[AnyJob]) -> None:
    listed = run("finetune", "--dry-run", "--study", study, "--json").document
    first, second = listed["train"][:2]
    assert run("finetune", "--case", f"case {first:04d}", "--case", second, "--study", study).code == 0
    assert run("finetune", "--model", "zones 1", "--case", first, "--study", study).code == 0
    job = scripted[1]
    assert isinstance(job, FinetuneJob)
    assert job.model.folder is not None


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--learning-rate", "0"), "larger than 0"),
        (("--model", "none-such"), "no model named none-such"),
        (("--task", "none-such"), "no task named none-such"),
        (("--split", "none-such"), "no split named none-such"),
    ],
)
def test_a_wrong_option_is_told(run: Any, study: Path, options: tuple[str, ...], told: str) -> None:
    ran = run("finetune", *options, "--study", study)
    assert ran.code == 1
    assert told in ran.err


def test_stopping_ends_with_code_130_and_the_run_can_be_resumed(
    run: Any, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(job: FinetuneJob) -> Iterator[AnyEvent]:
        yield scripted_engine.started("finetune")
        yield Progress(done=3, total=9, eta_s=61.0)
        yield Metric(name="loss", value=0.5, epoch=1)
        yield scripted_engine.model(job)
        yield Cancelled()

    scripted_engine.install(monkeypatch, stopped)
    ran = run("finetune", "--study", study)
    assert ran.code == 130
    assert "--resume 1" in ran.out
    with Study.open(study) as opened:
        assert opened.runs.get(1).status == "cancelled"
        assert len(opened.models.all()) == 1
    jobs = scripted_engine.install(monkeypatch, scripted_engine.everything)
    assert run("finetune", "--resume", "1", "--study", study).code == 0
    assert isinstance(jobs[0], FinetuneJob)
    assert jobs[0].resume
    assert run("finetune", "--resume", "1", "--study", study).code == 1, "it is done now"


def test_an_engine_that_fails_is_told_in_its_own_words(
    run: Any, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = Failed(code=ErrorCode.OUT_OF_MEMORY, what="Memory ran out.", why="Too big.", next="Use a smaller patch.")
    scripted_engine.install(monkeypatch, lambda job: iter([scripted_engine.started("finetune"), failed]))
    ran = run("finetune", "--study", study, "--json")
    assert ran.code == 1
    assert ran.document["error"]["code"] == "out_of_memory"
