"""Import messages as a readable list."""

from __future__ import annotations

from pathlib import Path

from QualityFinetuneLib.cases.found import ImportMessage, Severity
from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.widgets.study.import_messages import as_html, title


def message(name: str, severity: Severity) -> ImportMessage:
    return ImportMessage(
        path=Path("exams") / name,
        severity=severity,
        code=ErrorCode.UNREADABLE_FILE,
        what=f"{name} <was> left out.",
        why="It is cut off.",
        next="Copy it again.",
    )


def test_errors_come_first_and_text_is_no_markup() -> None:
    html = as_html([message("a.nii", Severity.WARNING), message("b.nii", Severity.ERROR)])
    assert html.index("b.nii") < html.index("a.nii")
    assert "&lt;was&gt;" in html and "<was>" not in html
    assert "Not imported" in html and "Please note" in html


def test_a_long_list_is_cut_and_says_so() -> None:
    html = as_html([message(f"{n}.nii", Severity.ERROR) for n in range(7)], limit=5)
    assert "and 2 more" in html


def test_the_title_counts_what_failed() -> None:
    assert title(3, []) == "3 exams were imported."
    assert title(3, [message("a", Severity.ERROR)]) == "3 exams were imported; 1 files were not."
    assert title(0, []) == "No new exam was found in this folder."
    assert "stopped" in title(1, [], cancelled=True)
