"""Questions that a window of the system answers; the windows are replaced."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def dialogs(desktop: SimpleNamespace) -> Any:
    from QualityFinetuneLib.widgets import dialogs as module

    return module


@pytest.mark.parametrize(
    ("question", "window"), [("choose_folder", "getExistingDirectory"), ("choose_file", "getOpenFileName")]
)
def test_the_answer_is_a_path_and_cancel_is_none(
    dialogs: Any, question: str, window: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, titles = [str(tmp_path / "ä b"), ""], []

    def ask(_parent: Any, title: str) -> str:
        titles.append(title)
        return answers.pop(0)

    monkeypatch.setattr(dialogs, "qt", SimpleNamespace(QFileDialog=SimpleNamespace(**{window: ask})))
    assert getattr(dialogs, question)("Which one?") == tmp_path / "ä b"
    assert getattr(dialogs, question)("And now?") is None
    assert titles == ["Which one?", "And now?"]


def test_a_file_is_shown_by_an_address_that_leads_back_to_it(
    dialogs: Any, desktop: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    replaced = SimpleNamespace(QDesktopServices=SimpleNamespace(openUrl=opened.append), QUrl=desktop.qt.QUrl)
    monkeypatch.setattr(dialogs, "qt", replaced)
    path = tmp_path / "report #1 100%.html"
    dialogs.open_file(path)
    (url,) = opened
    assert url.isLocalFile() and Path(url.toLocalFile()) == path
