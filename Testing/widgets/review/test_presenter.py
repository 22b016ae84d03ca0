"""What Review says."""

from __future__ import annotations

from typing import Any

import pytest

from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.widgets.review.presenter import ReviewPresenter, changes_sentence


def test_what_changed_is_one_sentence() -> None:
    said = changes_sentence({"dice": 0.934, "added_ml": 2.06, "removed_ml": 0.4})
    assert said == "Changed: 2.1 ml added, 0.4 ml removed, Dice 0.93 with the draft."
    assert changes_sentence(None) == ""


def test_without_a_case_there_is_nothing_to_judge(session: Any) -> None:
    presenter = ReviewPresenter(session)
    assert presenter.load() is None and presenter.history_words() == "" and presenter.volume_words() == ""
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


def test_the_volume_is_that_of_the_voxels(session: Any) -> None:
    import numpy as np
    import SimpleITK as sitk

    presenter = ReviewPresenter(session)
    session.show_case(session.cases[0].id)
    annotation = presenter.load()
    mask = sitk.ReadImage(str(annotation.path))
    ml = float((sitk.GetArrayFromImage(mask) == 1).sum() * np.prod(mask.GetSpacing()) / 1000)
    assert presenter.volume_words() == f"Gland {ml:.1f} ml"
