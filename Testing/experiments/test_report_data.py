"""What the report tells is what the study holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import scripted_engine
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Done
from QualityFinetuneLib.experiments.report_data import ReportData, report_data
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.evaluating import prepare_evaluate
from QualityFinetuneLib.workflow.executing import execute
from QualityFinetuneLib.workflow.finetuning import FinetuneRequest, prepare_finetune
from QualityFinetuneLib.workflow.importing import import_folder
from QualityFinetuneLib.workflow.predicting import prepare_predict
from QualityFinetuneLib.workflow.recording import RunRecorder


def data_of(study: Study) -> ReportData:
    return report_data(study, names={case.id: f"C{case.id}" for case in study.cases.all()}, hide=lambda text: text)


def test_parts_of_training_are_those_of_the_split(finished: Study) -> None:
    training = data_of(finished).trainings[0]
    split = finished.splits.get("default")
    assert training.train == tuple(f"C{case_id}" for case_id in split.part("train"))
    assert training.validate == tuple(f"C{case_id}" for case_id in split.part("validate"))
    assert sum(training.mix.values()) == len(training.train)
    assert training.history == ((1, 0.4), (2, 0.7), (3, 0.6))
    assert training.best == 0.7
    assert training.seed == 11


def test_an_evaluation_on_unseen_patients_is_called_held_out(finished: Study) -> None:
    evaluation = data_of(finished).evaluations[0]
    assert evaluation.held_out
    assert evaluation.seen == ()
    assert evaluation.references == (("imported, zones", evaluation.cases),)
    assert {value for _, _, _, value in evaluation.dice} == {1.0}
    assert evaluation.colors == {"PZ": "#56b4e9", "TZ": "#f0e442"}


def test_quality_scores_and_masks_of_each_case(finished: Study) -> None:
    lines = data_of(finished).cases
    assert [line.exam_score for line in lines] == [3, 3, 3, 1, 1, None]
    assert [line.quality for line in lines] == ["high"] * 3 + ["low"] * 2 + [None]
    assert lines[0].section_scores["t2w_visual"] == 4
    assert lines[0].section_scores["t2w_technical"] == 1
    assert lines[0].masks == ("gland", "lesion", "zones")
    assert lines[0].series == ("T2w", "high b", "ADC")
    assert lines[5].section_scores == {}


def test_an_evaluation_on_trained_cases_names_them(
    cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def predicted(job: object) -> Iterator[AnyEvent]:
        yield from scripted_engine.predict_all(job)  # type: ignore[arg-type]

    with Study.create(tmp_path / "study", name="S") as study:
        import_folder(study, cohort)
        with monkeypatch.context() as patch:
            scripted_engine.install(patch, scripted_engine.everything)
            execute(study, prepare_finetune(study, FinetuneRequest(task="zones")))
            run = execute(study, prepare_predict(study, study.models.all()[0], study.cases.all()))
        prepared = prepare_evaluate(study, run)
        recorder = RunRecorder(study, prepared.run)
        recorder.record(scripted_engine.started("evaluate"))
        recorder.record(Done(elapsed_s=0.1))
        failed = prepare_predict(study, "taps_gland", study.cases.all()[:1])
        RunRecorder(study, failed.run).fail(UserError(ErrorCode.NO_WEIGHTS, what="No.", why="No.", next="Get."))
        data = data_of(study)
    assert data.evaluations[0].held_out is False
    assert len(data.evaluations[0].seen) >= 4
    assert {card.name for card in data.cards} == {"taps_gland"}
    assert all(line.quality is None for line in data.cases)
