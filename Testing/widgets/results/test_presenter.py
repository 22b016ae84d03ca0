"""Results without Qt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.widgets.results.presenter import ResultsPresenter


@pytest.fixture
def presenter(session: Any) -> ResultsPresenter:
    made = ResultsPresenter(session)
    made.choose_task("gland")
    return made


def done_run(session: Any, kind: str, metrics: list[dict[str, Any]], **config: Any) -> Any:
    """A run that ended with these metrics."""
    runs = session.study.runs
    run = runs.create(kind, f"A {kind}", config, 7)
    runs.start(run.id, {})
    return runs.finish(run.id, "done", {"metrics": metrics})


def means(stratum: str, dice: float, cases: int) -> list[dict[str, Any]]:
    of = {"stratum": stratum, "label": "Gland"}
    return [{"name": "dice_mean", "value": dice, **of}, {"name": "dice_n", "value": cases, **of}]


def test_numbers_come_by_quality_all_first_and_missing_ones_as_a_dash(presenter: Any, session: Any) -> None:
    metrics = [*means("low", 0.7, 2), *means("all", 0.8, 6), *means("high", 0.85, 4)]
    done_run(session, "evaluate", metrics)
    presenter.refresh()
    assert [(row[0], row[1], row[2], row[5]) for row in presenter.metric_rows()] == [
        ("All", "Gland", "0.80", "6"),
        ("▲ High", "Gland", "0.85", "4"),
        ("▼ Low", "Gland", "0.70", "2"),
    ]
    assert presenter.metric_rows()[0][3] == presenter.metric_rows()[0][4] == "–"
    assert presenter.run_rows()[0][2] == "0.80"


def test_a_prediction_shows_the_newest_evaluation_of_itself_and_of_no_other(presenter: Any, session: Any) -> None:
    predicted = done_run(session, "predict", [])
    presenter.refresh()
    assert presenter.can_evaluate and presenter.metric_rows() == []
    assert presenter.metric_words().startswith("Evaluate a prediction")
    done_run(session, "evaluate", means("all", 0.1, 6), predict_run_id=predicted.id)
    newest = done_run(session, "evaluate", means("all", 0.9, 6), predict_run_id=predicted.id)
    done_run(session, "evaluate", means("all", 0.5, 6), predict_run_id=predicted.id + 1000)
    presenter.refresh()
    assert presenter.run_id == predicted.id, "the chosen run stays chosen"
    assert presenter.metric_rows()[0][2] == "0.90"
    assert presenter.metric_words() == f"Run {newest.id}: A evaluate"


def test_a_finetune_shows_its_best_epoch_over_all_cases(presenter: Any, session: Any) -> None:
    done_run(
        session,
        "finetune",
        [
            {"name": "val_dice", "value": 0.6, "epoch": 1},
            {"name": "val_dice", "value": 0.72, "epoch": 2},
            {"name": "val_dice", "value": 0.65, "epoch": 3},
            {"name": "val_dice", "value": 0.99, "epoch": 3, "label": "Gland"},
            {"name": "val_dice", "value": 0.98, "epoch": 3, "stratum": "high"},
            {"name": "loss", "value": 5.0, "epoch": 3},
        ],
    )
    presenter.refresh()
    assert presenter.run_rows()[0][1:3] == ("✓ Done", "0.72")
    assert not presenter.can_evaluate and not presenter.can_resume


def test_a_model_of_the_study_comes_before_what_can_be_had(presenter: Any, session: Any) -> None:
    study = session.study
    presenter.refresh()
    ready = [one.text for one in presenter.predictors]
    assert ready[0].endswith("(as it comes)") and all(text.endswith("your weights file") for text in ready[1:])
    run = done_run(session, "finetune", [])
    folder = run.folder / "model"
    folder.mkdir()
    study.models.add(name="mine", card="taps_gland", folder=folder, sha256="0" * 64, run_id=run.id, task="gland")
    presenter.choose_task("gland")
    presenter.refresh()
    assert [one.text for one in presenter.predictors] == ["mine: A finetune", *ready]
    presenter.choose_task("zones")
    assert "mine: A finetune" not in [one.text for one in presenter.predictors]
    assert presenter.task_of_interest() == "gland"


def test_a_card_has_seen_none_of_the_cases(presenter: Any, session: Any) -> None:
    presenter.refresh()
    assert presenter.untrained() == list(range(len(session.cases)))
    assert [row[0] for row in presenter.predict_rows()] == [session.label(case) for case in session.cases]


def test_a_networks_file_needs_the_file_and_its_terms(presenter: Any, session: Any, tmp_path: Path) -> None:
    presenter.choose_task("lesion")
    presenter.refresh()
    assert presenter.file_card is not None and presenter.predict_problem().startswith("Choose the file")
    presenter.weights = tmp_path / "lesion.pth"
    assert presenter.predict_problem().startswith("Accept the terms")
    presenter.terms_accepted = True
    assert presenter.predict_problem() == ""
    job = presenter.prepare_predict([0]).job
    assert (job.task.name, job.model.weights) == ("lesion", tmp_path / "lesion.pth")
    presenter.choose_predictor(1)
    assert presenter.weights is None and not presenter.terms_accepted


def test_a_pretraining_is_listed_and_its_encoder_predicts_nothing(presenter: Any, session: Any) -> None:
    run = done_run(session, "pretrain", [{"name": "loss", "value": 0.9, "epoch": 1}], task=None, card="taps_gland")
    run.folder.mkdir(parents=True, exist_ok=True)
    session.study.models.add(
        name="pretrained 1", card="taps_gland", folder=run.folder, sha256="0" * 64, run_id=run.id, task=None
    )
    before = presenter.task_of_interest()
    presenter.refresh()
    assert presenter.run_rows()[0][2:] == ("", "A pretrain")
    assert not any("pretrained 1" in one.text for one in presenter.predictors)
    assert presenter.task_of_interest() == before


def test_a_models_answer_is_hidden_until_the_reader_has_answered(presenter: Any, session: Any) -> None:
    from QualityFinetuneLib.study.records import NewAnswer
    from QualityFinetuneLib.workflow.answering import give

    study, case, task = session.study, session.cases[0], session.task_named("pi_rads")
    study.answers.add(
        NewAnswer(case_id=case.id, task="pi_rads", origin="model", status="draft", values={"grade": 4.0})
    )
    presenter.choose_task("pi_rads")
    assert presenter.predict_rows()[0][2] == "Draft, hidden until you have answered"
    assert presenter.first_draft() == case
    give(study, case.id, task, (3.0,), reader=session.reader)
    assert presenter.predict_rows()[0][2] == "✓ Given: PI-RADS 3" and presenter.first_draft() is None


def test_a_card_that_needs_a_file_is_never_offered_as_it_comes(presenter: Any, session: Any) -> None:
    from QualityFinetuneLib.common.yaml_config import save_yaml
    from QualityFinetuneLib.models.registry import card

    session.study.paths.models.mkdir()
    ours = card("profound_conv").model_copy(update={"name": "ours", "title": "Ours", "task": "zones"})
    save_yaml(session.study.paths.models / "ours.yaml", ours)
    presenter.choose_task("zones")
    assert [one.text for one in presenter.predictors if "Ours" in one.text] == ["Ours, your weights file"]
    presenter.choose_task("pi_rads")
    found = [one.model for one in presenter.predictors]
    assert "profound_conv_classifier" in found and "profound_conv" not in found, "what can answer for an exam"
