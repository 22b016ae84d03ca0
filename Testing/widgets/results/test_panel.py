"""The Results panel: predict, evaluate by quality, resume, report, export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.engine.protocol.events import Done, Metric
from QualityFinetuneLib.workflow.prepared import case_key


@pytest.fixture
def results(rated: Any, engine: Any) -> Any:
    study = rated.session.study
    engine.masks = {
        case_key(case.id): study.annotations.current(case.id, "gland").path for case in rated.session.cases
    }
    rated.go_to("Results")
    return rated.results


def predict_all(rated: Any, results: Any, engine: Any) -> None:
    results.ui.predictButton.click()
    engine.say_predicted()
    rated.monitor.poll()


def test_a_new_study_says_what_to_do_first(results: Any) -> None:
    assert "No run yet." in results.ui.runDetailLabel.text
    assert not results.ui.runsTable.isVisible()
    assert results.ui.predictModelCombo.currentText == "TAPS prostate gland (as it comes)"


def test_exactly_the_checked_cases_are_predicted(rated: Any, results: Any, engine: Any) -> None:
    from QualityFinetuneLib.widgets.tables import check_rows

    check_rows(results.ui.predictTable, [1, 4])
    results._show_buttons()
    assert results.ui.predictButton.text == "Predict 2 cases"
    results.ui.predictButton.click()
    cases = rated.session.cases
    assert [case.id for case in engine.job.cases] == [case_key(cases[1].id), case_key(cases[4].id)]


def test_nothing_checked_is_nothing_to_predict(results: Any) -> None:
    results.ui.selectNoneButton.click()
    assert not results.ui.predictButton.isEnabled()
    results.ui.selectUntrainedButton.click()
    assert results.ui.predictButton.isEnabled()


def test_predictions_become_drafts_to_review(rated: Any, results: Any, engine: Any) -> None:
    predict_all(rated, results, engine)
    assert "drafts" in results.message.text
    (run,) = rated.session.study.runs.all("predict")
    drafts = [one for one in rated.session.study.annotations.all() if one.run_id == run.id]
    assert len(drafts) == 6 and {one.status for one in drafts} == {"draft"}
    assert results.ui.runsTable.rowCount == 1 and results.ui.runsTable.item(0, 1).text() == "✓ Done"
    assert rated.ui.stepReviewButton.text == "3 Review\n6 drafts"


def test_an_evaluation_is_shown_by_quality(rated: Any, results: Any, engine: Any) -> None:
    predict_all(rated, results, engine)
    assert results.ui.evaluateButton.isEnabled()
    results.ui.evaluateButton.click()
    engine.say_started()
    for stratum, dice in (("all", 0.85), ("high", 0.9), ("low", 0.8)):
        for part, value in (("mean", dice), ("sd", 0.1), ("n", 3.0)):
            engine.say(Metric(name=f"dice_{part}", value=value, label="Gland", stratum=stratum))
        engine.say(Metric(name="hd95_mean", value=4.25, unit="mm", label="Gland", stratum=stratum))
        engine.say(Metric(name="volume_error_mean", value=2.0, unit="ml", label="Gland", stratum=stratum))
        engine.say(Metric(name="volume_error_percent_mean", value=-3.1, unit="%", label="Gland", stratum=stratum))
    engine.say(Done(elapsed_s=1.0))
    rated.monitor.poll()
    table = results.ui.metricsTable
    rows = [[table.item(row, column).text() for column in range(6)] for row in range(table.rowCount)]
    assert rows == [
        ["All", "Gland", "0.85", "4.2", "-3.1", "3"],
        ["▲ High", "Gland", "0.90", "4.2", "-3.1", "3"],
        ["▼ Low", "Gland", "0.80", "4.2", "-3.1", "3"],
    ]


def test_a_model_of_the_study_proposes_only_cases_it_has_not_seen(rated: Any, results: Any, engine: Any) -> None:
    from QualityFinetuneLib.widgets.tables import checked_rows

    rated.go_to("Finetune")
    rated.finetune.ui.startButton.click()
    trained = {case.id for case in (*engine.job.train, *engine.job.validate_on)}
    engine.say_trained([0.7])
    rated.monitor.poll()
    rated.go_to("Results")
    assert results.ui.predictModelCombo.currentText.startswith("gland 1")
    proposed = {case_key(rated.session.cases[row].id) for row in checked_rows(results.ui.predictTable)}
    assert proposed and not proposed & trained


def test_a_cancelled_run_can_be_resumed(rated: Any, results: Any, engine: Any) -> None:
    results.ui.predictButton.click()
    engine.say_started()
    rated.monitor.poll()
    results.progress.ui.runCancelButton.click()
    rated.monitor.poll()
    assert "cancelled" in results.message.text
    assert results.ui.resumeButton.isVisible()
    results.ui.resumeButton.click()
    assert len(engine.jobs) == 2 and engine.jobs[1].output == engine.jobs[0].output


def test_the_next_step_is_the_first_draft(rated: Any, results: Any, engine: Any) -> None:
    assert not results.ui.resultsNextButton.isEnabled()
    results.ui.selectNoneButton.click()
    check(results, [2])
    results.ui.predictButton.click()
    engine.say_predicted()
    rated.monitor.poll()
    assert results.ui.resultsNextButton.text == "Review the predictions"
    results.ui.resultsNextButton.click()
    assert rated.step == "Review" and rated.session.case_id == rated.session.cases[2].id
    assert "TAPS" in rated.review.ui.annotationOriginLabel.text
    rated.review.ui.rejectButton.click()
    rated.session.show_case(rated.session.cases[2].id)
    assert rated.review.ui.annotationStatusLabel.text == "Prostate gland: ✓ Accepted"


def check(results: Any, rows: list[int]) -> None:
    from QualityFinetuneLib.widgets.tables import check_rows

    check_rows(results.ui.predictTable, rows)
    results._show_buttons()


def test_the_report_is_written_with_pictures_and_opened(rated: Any, results: Any, answers: Any, wait: Any) -> None:
    results.ui.reportButton.click()
    assert not results.ui.reportButton.isEnabled()
    wait(lambda: bool(answers.opened) or "Problem" in results.message.text, timeout_s=60)
    assert answers.opened, results.message.text
    html = answers.opened[0].read_text(encoding="utf-8")
    assert "<html" in html.lower() and "Simulated-0001" not in html
    assert list((rated.session.study.paths.exports / "pictures").glob("*.png"))


def test_a_report_never_takes_an_unsaved_drawing_out_of_view(rated: Any, results: Any) -> None:
    rated.session.show_case(rated.session.cases[0].id)
    rated.session.hold_case("Review")
    results.ui.reportButton.click()
    assert "not saved" in results.message.text and not results.sharing.busy
    rated.session.hold_case("")


def test_reviewed_masks_are_exported(rated: Any, results: Any, answers: Any, tmp_path: Path, wait: Any) -> None:
    answers.folder = tmp_path / "masks"
    results.ui.exportButton.click()
    wait(lambda: not results.sharing.busy)
    assert "copied" in results.message.text
    assert list((tmp_path / "masks").rglob("*.nii.gz"))


def test_a_run_of_another_study_is_not_shown(rated: Any, results: Any, tmp_path: Path) -> None:
    rated.session.create(tmp_path / "Other", name="Other")
    rated.go_to("Results")
    assert results.presenter.runs == []
