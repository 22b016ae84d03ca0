"""The segmentation in words, and choosing another version of it."""

from __future__ import annotations

import shutil
from typing import Any

from QualityFinetuneLib.study.records import NewAnnotation


def test_another_version_is_chosen_by_its_words(opened: Any) -> None:
    study = opened.session.study
    case = study.cases.all()[0]
    path = study.paths.new_annotation(case, "gland")
    shutil.copy(study.annotations.current(case.id, "gland").path, path)
    study.annotations.add(
        NewAnnotation(case_id=case.id, task="gland", origin="imported", status="accepted", path=path, source="second")
    )
    opened.session.show_case(case.id)
    opened.go_to("Review")
    opened.review.show_task("gland")
    ui = opened.review.ui
    assert ui.versionFrame.isVisible() and "second" in ui.versionCombo.currentText
    ui.versionCombo.setCurrentIndex(1)
    assert "second" not in ui.annotationOriginLabel.text
    assert opened.review.presenter.annotation.source != "second"
