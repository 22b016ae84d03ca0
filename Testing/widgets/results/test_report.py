"""Pictures and the report's work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.widgets.results.report import picture_steps, report_writer


class Stage:
    """Remembers what was in view when a picture was taken."""

    arrangement = "diffusion"

    def __init__(self) -> None:
        self.case: Any = None
        self.annotation: Any = None
        self.taken: list[tuple[int, int, str]] = []

    def show_case(self, _study: Any, case: Any, *, arrangement: str) -> None:
        assert arrangement == self.arrangement
        self.case, self.annotation = case, None

    def show_annotation(self, _study: Any, annotation: Any, _task: Any) -> None:
        self.annotation = annotation

    def save_picture(self, path: Path, *, size_px: tuple[int, int]) -> None:
        self.taken.append((self.case.id, self.annotation.case_id, self.annotation.task))
        path.write_bytes(b"picture")


def test_every_segmentation_is_taken_once_with_its_own_case_in_view(study: Any, tmp_path: Path) -> None:
    tasks = [load_task("gland"), load_task("zones")]
    stage, pictures = Stage(), {}
    for _step in picture_steps(stage, study, tasks, tmp_path, pictures):  # type: ignore[arg-type]
        pass
    expected = [(one, one, task.name) for task in tasks for one in study.annotations.all_current(task.name)]
    assert expected and stage.taken == expected
    assert {case_id: [path.stem for path in paths] for case_id, paths in pictures.items()} == {
        case.id: [f"case-{case.id:04d}-gland", f"case-{case.id:04d}-zones"] for case in study.cases.all()
    }
    assert all(path.is_file() for paths in pictures.values() for path in paths)


def test_the_window_gets_a_turn_after_each_picture(study: Any, tmp_path: Path) -> None:
    stage, pictures = Stage(), {}
    steps = picture_steps(stage, study, [load_task("gland")], tmp_path, pictures)  # type: ignore[arg-type]
    assert stage.taken == []
    next(steps)
    assert len(stage.taken) == 1
    next(steps)
    assert len(stage.taken) == 2


@pytest.mark.parametrize("blinded", [True, False])
def test_a_report_of_a_blinded_study_names_nobody(
    study: Any, study_folder: Path, tmp_path: Path, blinded: bool
) -> None:
    study.save_settings(study.settings.model_copy(update={"blinded": blinded}))
    name = study.cases.all()[0].name
    path = tmp_path / "report.html"
    assert report_writer(study_folder, path, {})(lambda _done, _total: None) == path
    assert (name in path.read_text("utf-8")) is not blinded


def test_a_study_that_is_gone_leaves_no_report(tmp_path: Path) -> None:
    write = report_writer(tmp_path / "Gone", tmp_path / "report.html", {})
    with pytest.raises(UserError) as told:
        write(lambda _done, _total: None)
    assert told.value.code in (ErrorCode.NO_STUDY, ErrorCode.NOT_FOUND)
    assert not (tmp_path / "report.html").exists()
