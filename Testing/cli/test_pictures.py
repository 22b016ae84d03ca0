"""Overlay pictures come from a real MRML scene: what was predicted, and the reference of the same slices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cli import pictures
from QualityFinetuneLib.cli.output import Output
from QualityFinetuneLib.cli.pictures import overlay_pictures
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.job_file import AnyJob
from QualityFinetuneLib.study.study import Study

pytest.importorskip("slicer", reason="slicer-core has no package for this Python")


def test_prediction_and_reference_are_drawn_in_the_tasks_colours(
    run: Any, study: Path, scripted: list[AnyJob], tmp_path: Path
) -> None:
    assert run("predict", "--case", "1", "--case", "2", "--study", study).code == 0
    with Study.open(study) as opened:
        shown = overlay_pictures(opened, tmp_path / "p", output=Output(json_only=True), at_most=1)
    assert list(shown) == [1]
    assert [path.name for path in shown[1]] == [
        "simulated-case-0001-gland-prediction.png",
        "simulated-case-0001-gland-reference.png",
    ]
    for path in shown[1]:
        image = sitk.GetArrayFromImage(sitk.ReadImage(str(path))).astype(int)
        assert image.shape[1] > 3 * pictures.TILE_PX
        orange = np.abs(image[..., :3] - [230, 159, 0]).max(axis=-1) < 40
        assert orange.sum() > 500, "the outline of the gland"


def test_without_a_prediction_there_is_no_picture(study: Path, tmp_path: Path) -> None:
    with Study.open(study) as opened:
        assert overlay_pictures(opened, tmp_path, output=Output()) == {}


def test_where_nothing_can_be_drawn_the_report_goes_without(
    run: Any, study: Path, scripted: list[AnyJob], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise UserError(ErrorCode.MISSING_PACKAGE, what="No pictures.", why="No slicer-core.", next="Install it.")

    run("predict", "--case", "1", "--study", study)
    monkeypatch.setattr(pictures, "start", missing)
    ran = run("report", "--out", tmp_path / "r.html", "--study", study)
    assert ran.code == 0
    assert "No slicer-core" in ran.err
    assert (tmp_path / "r.html").is_file()
    monkeypatch.setattr(pictures, "start", lambda: 1 / 0)
    assert run("report", "--no-pictures", "--out", tmp_path / "r2.html", "--study", study).code == 0
