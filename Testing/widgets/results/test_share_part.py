"""The report and the copies of masks."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_a_second_report_waits_for_the_first(rated: Any, answers: Any, wait: Any) -> None:
    rated.go_to("Results")
    sharing = rated.results.sharing
    rated.results.ui.reportButton.click()
    steps = sharing._steps
    sharing.write_report()
    assert sharing.busy and sharing._steps is steps and not rated.results.ui.reportButton.isEnabled()
    wait(lambda: not sharing.busy)
    assert [path.name for path in answers.opened] == ["report.html"]


def test_closing_the_module_ends_the_work(rated: Any) -> None:
    rated.go_to("Results")
    rated.results.ui.reportButton.click()
    rated.results.cleanup()
    assert not rated.results.sharing.busy


def test_no_folder_exports_nothing(rated: Any, answers: Any, tmp_path: Path) -> None:
    rated.go_to("Results")
    answers.folder = None
    rated.results.ui.exportButton.click()
    assert not rated.results.sharing.busy and list(tmp_path.glob("*.nrrd")) == []
