"""Pictures and the HTML report of a study. Pictures are rendered here, in the application's own thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ...cases.tasks import Task
from ...study.study import Study

if TYPE_CHECKING:
    from ..stage import Stage

PICTURE_PX = (360, 360)


def picture_steps(
    stage: Stage, study: Study, tasks: list[Task], folder: Path, pictures: dict[int, list[Path]]
) -> Iterator[None]:
    """Render one picture for each current segmentation; yields after each so that the caller can stay responsive.

    Args:
        stage: shows and renders.
        study: whose segmentations.
        tasks: which of its tasks.
        folder: where the PNG files go.
        pictures: filled with their paths by case id.
    """
    for task in tasks:
        for case_id, annotation in study.annotations.all_current(task.name).items():
            path = folder / f"case-{case_id:04d}-{task.name}.png"
            case = study.cases.get(case_id)
            stage.show_case(study, case, arrangement=stage.arrangement)
            stage.show_annotation(study, annotation, task)
            stage.save_picture(path, size_px=PICTURE_PX)
            pictures.setdefault(case_id, []).append(path)
            yield


def report_writer(study_folder: Path, path: Path, pictures: dict[int, list[Path]]) -> Callable[..., Path]:
    """The work for a background thread: open the study for itself and write the report."""

    def write(_report: Callable[[int, int], None]) -> Path:
        from ...experiments.report import write_report

        with Study.open(study_folder) as study:
            write_report(study, path, pictures=pictures, blinded=study.settings.blinded)
        return path

    return write
