"""A segmentation as sentences."""

from __future__ import annotations

from typing import Any

from QualityFinetuneLib.widgets.review import mask_words


def test_what_changed_is_one_sentence() -> None:
    said = mask_words.changes({"dice": 0.934, "added_ml": 2.06, "removed_ml": 0.4})
    assert said == "Changed: 2.1 ml added, 0.4 ml removed, Dice 0.93 with the draft."
    assert mask_words.changes(None) == ""


def test_the_volume_is_that_of_the_voxels(session: Any) -> None:
    import numpy as np
    import SimpleITK as sitk

    case_id, task = session.cases[0].id, session.task_named("gland")
    annotation = session.study.annotations.current(case_id, "gland")
    mask = sitk.ReadImage(str(annotation.path))
    ml = float((sitk.GetArrayFromImage(mask) == 1).sum() * np.prod(mask.GetSpacing()) / 1000)
    assert mask_words.volumes(annotation, task) == f"Gland {ml:.1f} ml"
    assert "Imported from" in mask_words.history(session.study, case_id, task)
