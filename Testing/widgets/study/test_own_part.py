"""A site's own tasks and cards appear in every step without code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.yaml_config import save_yaml
from QualityFinetuneLib.models.registry import card


def texts(combo: Any) -> list[str]:
    return [combo.itemText(index) for index in range(combo.count)]


def test_an_added_task_is_offered_in_review_finetune_and_results(opened: Any, answers: Any, tmp_path: Path) -> None:
    assert opened.study.ui.ownListLabel.text.startswith("None.")
    own = load_task("pi_rads").model_copy(update={"name": "likert", "title": "Likert of the exam"})
    save_yaml(tmp_path / "likert.yaml", own)
    answers.file = tmp_path / "likert.yaml"
    opened.study.ui.addOwnButton.click()
    assert opened.study.ui.ownListLabel.text == "Task likert: Likert of the exam"
    assert "is added" in opened.study.message.text
    opened.session.show_case(opened.session.cases[0].id)
    for step, combo in (
        ("Review", "reviewTaskCombo"),
        ("Finetune", "finetuneTaskCombo"),
        ("Results", "predictTaskCombo"),
    ):
        opened.go_to(step)
        assert texts(getattr(opened.by_step[step].ui, combo))[-1] == "Likert of the exam", step
    opened.go_to("Review")
    opened.review.show_task("likert")
    opened.review.answers.view.rows[0].press()
    opened.review.ui.acceptButton.click()
    assert opened.session.study.answers.current(opened.session.cases[0].id, "likert").values == {"grade": 2.0}


def test_an_added_card_is_offered_where_models_are(opened: Any, answers: Any, tmp_path: Path) -> None:
    save_yaml(
        tmp_path / "ours.yaml", card("taps_gland").model_copy(update={"name": "ours", "title": "Our <b>gland</b>"})
    )
    answers.file = tmp_path / "ours.yaml"
    opened.study.ui.addOwnButton.click()
    opened.go_to("Finetune")
    combo = opened.finetune.ui.modelCombo
    combo.setCurrentIndex(texts(combo).index("Our <b>gland</b>"))
    assert "&lt;b&gt;" in opened.finetune.ui.modelCardLabel.text, "a card's words are no markup"
    opened.go_to("Results")
    opened.results.presenter.choose_task("gland")
    opened.results.refresh()
    assert "Our <b>gland</b> (as it comes)" in texts(opened.results.ui.predictModelCombo)


def test_a_wrong_file_is_told_and_nothing_is_added(opened: Any, answers: Any, tmp_path: Path) -> None:
    answers.file = tmp_path / "wrong.yaml"
    answers.file.write_text("name: wrong\ntitle: Wrong\nroles: [t2w]\nanswer: grades\n")
    opened.study.ui.addOwnButton.click()
    assert "wrong.yaml cannot be used" in opened.study.message.text
    assert opened.study.ui.ownListLabel.text.startswith("None.")
    answers.file = None
    opened.study.ui.addOwnButton.click()


def test_a_file_that_was_broken_in_its_folder_is_told_and_the_rest_works(opened: Any) -> None:
    study = opened.session.study
    study.paths.tasks.mkdir()
    (study.paths.tasks / "broken.yaml").write_text("name: broken\n")
    opened.session.refresh()
    assert "broken.yaml" in opened.study.ui.ownProblemsLabel.text and opened.study.ui.ownProblemsLabel.isVisible()
    (study.paths.tasks / "broken.yaml").unlink()
    opened.session.refresh()
    assert not opened.study.ui.ownProblemsLabel.isVisible()


def test_another_study_has_other_tasks(opened: Any, tmp_path: Path) -> None:
    own = load_task("pi_rads").model_copy(update={"name": "likert", "title": "Likert"})
    opened.session.study.paths.tasks.mkdir()
    save_yaml(opened.session.study.paths.tasks / "likert.yaml", own)
    opened.go_to("Review")
    opened.review.show_task("likert")
    opened.go_to("Finetune")
    opened.finetune.presenter.choose_task("likert")
    opened.session.create(tmp_path / "Empty", name="Empty")
    for step in ("Review", "Finetune", "Results", "Study"):
        opened.go_to(step)
    assert opened.review.presenter.task.name != "likert" and opened.finetune.presenter.task.name != "likert"


def test_a_wrong_folder_is_told_on_the_start_page(panels: Any, answers: Any, tmp_path: Path) -> None:
    answers.folder = tmp_path
    panels.study.ui.openButton.click()
    assert "Problem" in panels.study.message.text
    assert panels.study.ui.studyMessageFrame.isVisible() and not panels.study.ui.studyNextButton.isVisible()
