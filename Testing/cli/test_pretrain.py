"""`pretrain`: every exam but those kept for testing; and once with a real engine, up to the finetune from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.tiny_card import write_tiny_card
from harness import scripted_engine
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Cancelled
from QualityFinetuneLib.engine.protocol.job_file import AnyJob
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob, PretrainJob
from QualityFinetuneLib.study.study import Study

SPLIT = {"train": 4 / 6, "validate": 1 / 6, "test": 1 / 6}


@pytest.fixture
def split(study: Path) -> list[int]:
    """Cases that a split keeps for testing."""
    with Study.open(study) as opened:
        made = opened.splits.create("default", seed=1, fractions=SPLIT, case_ids=range(1, 7))
        return made.part("test")


def test_it_ends_with_an_encoder_and_what_to_do_next(
    run: Any, study: Path, split: list[int], scripted: list[AnyJob]
) -> None:
    ran = run("pretrain", "--epochs", "3", "--seed", "4", "--mask-patch", "8", "8", "4", "--study", study)
    assert ran.code == 0
    assert 'the encoder is called "pretrained 1", held-out loss 0.700' in ran.out
    assert 'finetune --task zones --model "pretrained 1" --mode full' in ran.out
    assert "1 case is left out" in ran.out
    job = scripted[0]
    assert isinstance(job, PretrainJob)
    assert (job.options.epochs, job.options.mask_patch, job.seed, job.model.card) == (3, (8, 8, 4), 4, "taps_gland")
    assert (len(job.cases), len(job.hold_out)) == (4, 1)


def test_json_tells_run_model_and_losses(run: Any, study: Path, split: Any, scripted: list[AnyJob]) -> None:
    document = run("pretrain", "--study", study, "--json").document
    assert document["model"]["name"] == "pretrained 1"
    assert (document["status"], document["loss"], document["best_held_out_loss"]) == ("done", 0.8, 0.7)


def test_a_dry_run_shows_the_cases_and_records_no_run(run: Any, study: Path, split: list[int]) -> None:
    document = run("pretrain", "--dry-run", "--held-out", "0.4", "--study", study, "--json").document
    assert document["kept_for_testing"] == split
    assert (len(document["learn"]), len(document["held_out"])) == (3, 2)
    with Study.open(study) as opened:
        assert opened.runs.all() == []


def test_without_a_split_it_warns_that_every_patient_may_be_seen(
    run: Any, study: Path, scripted: list[AnyJob]
) -> None:
    assert "No patient is kept for testing yet" in run("pretrain", "--study", study).err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--learning-rate", "0"), "larger than 0"),
        (("--mask-ratio", "1"), "between 0 and 1"),
        (("--patch", "8", "0", "8"), "larger than 0"),
        (("--card", "none-such"), "no model named none-such"),
        (("--case", "none-such"), "no case none-such"),
    ],
)
def test_a_wrong_option_is_told(run: Any, study: Path, split: Any, options: tuple[str, ...], told: str) -> None:
    ran = run("pretrain", *options, "--study", study)
    assert ran.code == 1
    assert told in ran.err


def test_a_case_kept_for_testing_is_refused_unless_it_is_said(
    run: Any, study: Path, split: list[int], scripted: list[AnyJob]
) -> None:
    ran = run("pretrain", "--case", split[0], "--study", study, "--json")
    assert ran.document["error"]["code"] == "conflict"
    assert run("pretrain", "--case", split[0], "--include-test", "--study", study).code == 0


def test_stopping_can_be_gone_on_from(run: Any, study: Path, split: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(job: PretrainJob) -> Iterator[AnyEvent]:
        yield scripted_engine.started("pretrain")
        yield Cancelled()

    scripted_engine.install(monkeypatch, stopped)
    ran = run("pretrain", "--study", study)
    assert ran.code == 130
    assert "quality-finetune pretrain --resume 1" in ran.out
    jobs = scripted_engine.install(monkeypatch, scripted_engine.everything)
    assert run("pretrain", "--resume", "1", "--study", study).code == 0
    assert isinstance(jobs[0], PretrainJob)
    assert jobs[0].resume
    assert run("finetune", "--study", study).code == 0
    assert "finetune --resume 2" in run("pretrain", "--resume", "2", "--study", study).err


def test_a_finetune_starts_from_it_by_name(run: Any, study: Path, split: Any, scripted: list[AnyJob]) -> None:
    assert run("pretrain", "--study", study).code == 0
    assert run("finetune", "--model", "pretrained 1", "--study", study).code == 0
    job = scripted[1]
    assert isinstance(job, FinetuneJob)
    assert job.model.folder == scripted[0].output / "best"
    assert run("pretrain", "--card", "pretrained 1", "--study", study).code == 0
    assert run("predict", "--model", "pretrained 1", "--study", study).code == 1
    assert run("study", "list", "--runs", "--study", study).code == 0
    assert run("models", "list", "--study", study).code == 0
    assert run("study", "verify", "--study", study).code == 0
    assert run("report", "--out", study / "report.html", "--study", study).code == 0
    assert "without labels" in (study / "report.html").read_text(encoding="utf-8")


def test_a_real_engine_pretrains_and_finetunes_from_it(run: Any, study: Path, split: Any, tmp_path: Path) -> None:
    path = write_tiny_card(tmp_path)
    few = ("--epochs", "1", "--steps-per-epoch", "1", "--threads", "1", "--study", study, "--json")
    made = run("pretrain", "--card", path, *few).document
    assert made["best_held_out_loss"] == pytest.approx(1.1, abs=0.3)
    folder = Path(made["model"]["folder"])
    assert "predicts: encoder" in (folder / "model.yaml").read_text(encoding="utf-8")
    tuned = run("finetune", "--task", "zones", "--model", made["model"]["id"], "--mode", "full", *few).document
    assert tuned["status"] == "done"
    with Study.open(study) as opened:
        events = (opened.runs.get(tuned["run"]).folder / "events.jsonl").read_text(encoding="utf-8")
    assert "Started from pretrained tiny" in events
