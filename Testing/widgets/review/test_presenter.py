"""What Review says."""

from __future__ import annotations

from typing import Any

import pytest

from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.widgets.review.presenter import ReviewPresenter


def test_without_a_case_there_is_nothing_to_judge(session: Any) -> None:
    presenter = ReviewPresenter(session)
    assert presenter.load() is None and presenter.versions == []
    with pytest.raises(UserError, match="no segmentation to judge"):
        presenter.accept()


def test_a_failed_save_leaves_no_file_behind(session: Any) -> None:
    presenter = ReviewPresenter(session)
    session.show_case(session.cases[0].id)
    presenter.load()
    folder = session.study.paths.annotations / session.cases[0].slug
    before = sorted(folder.iterdir())

    def save(path: Any, _task: Any) -> None:
        path.write_bytes(b"half")
        raise UserError("disk_full", what="Full.", why="No room.", next="Free some.")

    with pytest.raises(UserError):
        presenter.save_correction(save)
    assert sorted(folder.iterdir()) == before
