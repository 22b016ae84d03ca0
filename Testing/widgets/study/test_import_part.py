"""Importing from the panel where exams came with several masks of one task."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def asked(panels: Any, cohort: Path, tmp_path: Path, wait: Any) -> Any:
    """The Study panel after looking through two exams, each with two masks of the gland."""
    for name in ("Simulated-0001", "Simulated-0002"):
        exam = Path(shutil.copytree(cohort / name, tmp_path / "exams" / name))
        shutil.copy(exam / "gland.nrrd", exam / "gland_taps.nrrd")
    panels.session.create(tmp_path / "New", name="New")
    panels.study.start_import(tmp_path / "exams")
    wait(lambda: panels.study.imports.task is None)
    return panels.study


def current_sources(panel: Any) -> set[str]:
    return {one.source for one in panel.session.study.annotations.all_current("gland").values()}


def test_the_panel_asks_and_proposes_what_is_usual(asked: Any) -> None:
    assert asked.ui.masksFrame.isVisible() and asked.imports.busy
    combo = asked.imports.questions.combos["gland"]
    assert [combo.itemText(index) for index in range(combo.count)] == [
        "gland (2 exams)",
        "gland_taps (2 exams, made by a model)",
    ]
    assert not asked.ui.studyNextButton.isEnabled() and asked.session.cases == []


@pytest.mark.parametrize(("index", "source"), [(0, "gland"), (1, "gland_taps")])
def test_the_chosen_mask_counts(asked: Any, wait: Any, index: int, source: str) -> None:
    asked.imports.questions.combos["gland"].setCurrentIndex(index)
    asked.ui.masksGoOnButton.click()
    wait(lambda: not asked.imports.busy)
    assert not asked.ui.masksFrame.isVisible()
    assert current_sources(asked) == {source}
    assert f"{source} is trained on" in asked.ui.importMessages.toPlainText()


def test_stopping_at_the_question_imports_nothing(asked: Any) -> None:
    asked.ui.masksStopButton.click()
    assert not asked.imports.busy and not asked.ui.masksFrame.isVisible()
    assert asked.session.cases == [] and asked.ui.importButton.isEnabled()


def test_a_second_import_waits_for_the_answer(asked: Any, cohort: Path) -> None:
    asked.start_import(cohort)
    assert asked.imports.task is None and asked.ui.masksFrame.isVisible()
