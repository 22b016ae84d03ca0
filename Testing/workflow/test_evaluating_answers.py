"""The whole way of a question about exams through a study: train, predict, evaluate, report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.files import sha256_of
from QualityFinetuneLib.engine.protocol.answer_file import AnswerFile, write_answer
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Artifact, Done, Metric, Started
from QualityFinetuneLib.engine.protocol.jobs import EvaluateJob, FinetuneJob, PredictJob
from QualityFinetuneLib.engine.worker.context import JobContext
from QualityFinetuneLib.engine.worker.evaluate import evaluate
from QualityFinetuneLib.experiments.report import write_report
from QualityFinetuneLib.study.records import NewAnswer, Split
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.evaluating import prepare_evaluate
from QualityFinetuneLib.workflow.evaluating_answers import answer_pairs
from QualityFinetuneLib.workflow.executing import execute
from QualityFinetuneLib.workflow.finetuning import FinetuneRequest, prepare_finetune
from QualityFinetuneLib.workflow.predicting import prepare_predict
from QualityFinetuneLib.workflow.results import (
    answer_scores,
    answers_of,
    asks_about_exams,
    best_validation,
    metric_of,
    summary_of,
)

PI_RADS = load_task("pi_rads")
KNOWN = {1: 2.0, 2: 5.0, 3: 4.0, 4: 3.0, 5: 2.0, 6: 4.0}
SAID = {1: 2.0, 2: 4.0, 3: 4.0, 4: 2.0, 5: 3.0, 6: 4.0}


def says(job: object) -> list[AnyEvent]:
    """A worker that trains nothing, says `SAID`, and really evaluates."""
    events: list[AnyEvent] = [Started(kind="x", pid=1, device="cpu", versions={})]
    if isinstance(job, FinetuneJob):
        for epoch, kappa in ((1, 0.2), (2, 0.5), (3, 0.4)):
            events.append(Metric(name="quadratic_kappa", value=kappa, epoch=epoch, stratum="all"))
        path = job.output / "best" / "model.safetensors"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"weights")
        events.append(Artifact(role="model", path=path, sha256=sha256_of(path)))
    if isinstance(job, PredictJob):
        for case in job.cases:
            grade = SAID[int(case.id.removeprefix("case-"))]
            path = job.output / "predictions" / f"{case.id}.json"
            chances = {str(k): 0.7 if k == grade else 0.1 for k in (2, 3, 4, 5)}
            found = AnswerFile(
                case=case.id, task="pi_rads", kind="grades", answer={"grade": grade}, words="x", probabilities=chances
            )
            write_answer(path, found)
            events.append(Artifact(role="answer", path=path, sha256=sha256_of(path), case=case.id))
    if isinstance(job, EvaluateJob):
        evaluate(job, JobContext(events.append))
    return [*events, Done(elapsed_s=1.0)]


@pytest.fixture
def known(rated: Study, split: Split) -> Study:
    """The rated study, with the PI-RADS of every case."""
    rated.answers.add_all(
        [
            NewAnswer(
                case_id=case_id, task="pi_rads", origin="imported", status="accepted", values={"grade": grade},
                source="labels.csv, column PIRADS",
            )
            for case_id, grade in KNOWN.items()
        ]
    )  # fmt: skip
    return rated


@pytest.fixture
def predicted(known: Study, script: Callable) -> Study:
    """A model was trained on four cases and has predicted all six."""
    script(lambda job: iter(says(job)))
    execute(known, prepare_finetune(known, FinetuneRequest(task="pi_rads")))
    (model,) = known.models.all()
    execute(known, prepare_predict(known, model, known.cases.all()))
    return known


def test_a_finetune_names_answers_instead_of_masks(known: Study) -> None:
    prepared = prepare_finetune(known, FinetuneRequest(task="pi_rads"))
    assert isinstance(prepared.job, FinetuneJob)
    answers = {case.id: case.answer for case in (*prepared.job.train, *prepared.job.validate_on)}
    assert len(prepared.job.train) == 4 and len(prepared.job.validate_on) == 1
    assert all(answers[f"case-{n:04d}"] == (KNOWN[n],) for n in KNOWN if f"case-{n:04d}" in answers)
    assert all(case.label is None for case in prepared.job.train)
    entry = prepared.run.config["cases"][0]
    assert entry["answer_source"] == "imported, labels.csv, column PIRADS"
    assert entry["answer_sha256"] == known.answers.get(entry["answer_id"]).sha256
    assert (prepared.run.config["metric"], metric_of(prepared.run)) == ("quadratic_kappa", "quadratic_kappa")


def test_a_volume_told_by_a_mask_is_recorded_with_the_mask(rated: Study, split: Split) -> None:
    prepared = prepare_finetune(rated, FinetuneRequest(task="prostate_volume"))
    entry = prepared.run.config["cases"][0]
    assert "derived from the gland mask" in entry["answer_source"]
    assert entry["annotation_sha256"] == rated.annotations.get(entry["annotation_id"]).sha256
    assert entry["answer_id"] is None and entry["answer"][0] > 1.0


def test_without_any_known_answer_nothing_is_trained(rated: Study, split: Split) -> None:
    with pytest.raises(UserError) as caught:
        prepare_finetune(rated, FinetuneRequest(task="isup"))
    assert caught.value.code is ErrorCode.NO_LABEL
    assert "Import the known answers" in caught.value.next
    with pytest.raises(UserError) as caught:
        prepare_finetune(rated, FinetuneRequest(task="isup", case_ids=(split.part("train")[0],)))
    assert "is not known" in caught.value.why


def test_predictions_become_drafts_once(predicted: Study) -> None:
    run = predicted.runs.all(kind="predict")[0]
    said = predicted.answers.of_run(run.id)
    assert {one.case_id: one.values["grade"] for one in said} == SAID
    assert {(one.status, one.origin) for one in said} == {("draft", "model")}
    assert said[0].probabilities is not None and said[0].source == predicted.models.all()[0].name
    from QualityFinetuneLib.workflow.recording import RunRecorder

    again = RunRecorder(predicted, predicted.runs.get(run.id))
    path = run.folder / "predictions" / "case-0001.json"
    again.record(Artifact(role="answer", path=path, sha256=sha256_of(path), case="case-0001"))
    assert predicted.answers.of_run(run.id) == said
    assert predicted.answers.current(1, "pi_rads").origin == "imported"  # type: ignore[union-attr]


def test_an_evaluation_tells_metrics_and_answers(predicted: Study) -> None:
    run = execute(predicted, prepare_evaluate(predicted, predicted.runs.all(kind="predict")[0]))
    assert run.status == "done" and asks_about_exams(run)
    scores = {(one.metric, one.stratum): one for one in answer_scores(run)}
    assert scores["accuracy", "all"].value == pytest.approx(0.5)
    assert scores["accuracy", "all"].cases == 6
    assert scores["accuracy", "all"].lower is not None
    assert scores["quadratic_kappa", "high"].why
    assert {one.stratum for one in scores.values()} == {"all", "high", "low"}
    told = {one.case_id: (one.known, one.predicted) for one in answers_of(run)}
    assert told[2] == ("PI-RADS 5", "PI-RADS 4")
    assert summary_of(run) == []
    assert best_validation(predicted.runs.all(kind="finetune")[0]) == 0.5


def test_what_was_accepted_of_the_prediction_is_no_reference(predicted: Study) -> None:
    run = predicted.runs.all(kind="predict")[0]
    draft = next(one for one in predicted.answers.of_run(run.id) if one.case_id == 3)
    predicted.answers.add(
        NewAnswer(
            case_id=3, task="pi_rads", origin="model", status="accepted", values=draft.values, run_id=run.id,
            reader_id=predicted.readers.ensure("Reader A").id, supersedes=draft.id,
        )
    )  # fmt: skip
    pairs, without = answer_pairs(predicted, run, PI_RADS)
    assert [case.id for case in without] == [3]
    assert 3 not in [pair.case.id for pair in pairs]
    assert 3 in [pair.case.id for pair in answer_pairs(predicted, run, PI_RADS, allow_derived=True)[0]]


def test_nothing_known_is_nothing_to_evaluate(predicted: Study) -> None:
    run = predicted.runs.all(kind="predict")[0]
    for case_id, grade in KNOWN.items():
        old = predicted.answers.trainable("pi_rads")[case_id]
        predicted.answers.add(
            NewAnswer(
                case_id=case_id, task="pi_rads", origin="imported", status="rejected", values={"grade": grade},
                supersedes=old.id,
            )
        )  # fmt: skip
    with pytest.raises(UserError) as caught:
        prepare_evaluate(predicted, run)
    assert caught.value.code is ErrorCode.NO_LABEL


def test_the_report_shows_metrics_and_every_answer(predicted: Study, tmp_path: Path) -> None:
    execute(predicted, prepare_evaluate(predicted, predicted.runs.all(kind="predict")[0]))
    write_report(predicted, tmp_path / "report.html", pictures={})
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Answers about exams" in text
    assert "Quadratic kappa" in text and "Accuracy" in text
    assert "PI-RADS 5" in text and "Case 0002" in text
    assert "Not a fair test" in text
    assert "Validation quadratic kappa by epoch" in text
