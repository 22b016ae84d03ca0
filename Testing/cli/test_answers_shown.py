"""Answers in the terminal: words and probabilities, then how they agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import scripted_engine
from QualityFinetuneLib.cases.answers import words
from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.files import sha256_of
from QualityFinetuneLib.engine.protocol.answer_file import AnswerFile, write_answer
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Artifact, Done, Metric
from QualityFinetuneLib.engine.protocol.jobs import EvaluateJob, FinetuneJob, PredictJob
from QualityFinetuneLib.engine.worker.context import JobContext
from QualityFinetuneLib.engine.worker.evaluate import evaluate

VOLUME = load_task("prostate_volume")


def says(job: object) -> Iterator[AnyEvent]:
    """Every prostate has 40 ml; evaluations are real."""
    yield scripted_engine.started("x")
    if isinstance(job, FinetuneJob):
        for epoch, error in ((1, 20.0), (2, 8.5), (3, 12.0)):
            yield Metric(name="mean_absolute_error", value=error, unit="ml", epoch=epoch, stratum="all")
        yield scripted_engine.model(job)
    elif isinstance(job, PredictJob):
        for case in job.cases:
            path = job.output / "predictions" / f"{case.id}.json"
            answer = {"Volume": 40.0}
            told = AnswerFile(
                case=case.id, task="prostate_volume", kind="values", answer=answer, words=words(VOLUME, (40.0,))
            )
            write_answer(path, told)
            if job.ensemble:
                yield Metric(name="uncertainty", value=3.25, unit="ml", case=case.id, label="Volume")
            yield Artifact(role="answer", path=path, sha256=sha256_of(path), case=case.id)
    elif isinstance(job, EvaluateJob):
        events: list[AnyEvent] = []
        evaluate(job, JobContext(events.append))
        yield from events
    yield Done(elapsed_s=1.0)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted_engine.install(monkeypatch, says)


def test_a_volume_from_training_to_evaluation(run, study: Path, engine: None) -> None:
    trained = run("finetune", "--task", "prostate_volume", "--study", study, "--json")
    assert trained.code == 0
    assert (trained.document["metric"], trained.document["best_validation"]) == ("mean_absolute_error", 8.5)
    assert trained.document["best_validation_dice"] is None
    name = trained.document["model"]["name"]

    shown = run("predict", "--model", name, "--study", study)
    assert "40.0 ml" in shown.out and "research only" in shown.out
    predicted = run("predict", "--model", name, "--study", study, "--json").document
    assert len(predicted["answers"]) == 6
    assert predicted["answers"][0]["values"] == {"Volume": 40.0}
    assert predicted["answers"][0]["uncertainty"] is None and "Uncertainty" not in shown.out

    run("finetune", "--task", "prostate_volume", "--study", study)
    both = ("predict", "--model", name, "--ensemble", f"prostate_volume {trained.document['run'] + 3}")
    assert "± 3.2 ml" in run(*both, "--study", study).out
    together = run(*both, "--study", study, "--json").document
    assert together["answers"][0]["uncertainty"] == {"Volume": 3.25}

    judged = run("evaluate", "--study", study)
    assert "mean absolute error, ml" in judged.out and "bias, ml" in judged.out
    document = run("evaluate", "--study", study, "--json").document
    assert {score["stratum"] for score in document["scores"]} >= {"all"}
    assert all("derived from the gland mask" in case["source"] for case in document["cases"])
