"""Where the uncertainty map of a model's segmentation lies, if the run that made it wrote one."""

from __future__ import annotations

from pathlib import Path

from ..study.records import Annotation
from ..study.study import Study

SUFFIX = "-uncertainty.nrrd"


def uncertainty_of(study: Study, annotation: Annotation) -> Path | None:
    """The map beside the model's own mask, also for a reader's correction of it; None where there is none."""
    if annotation.run_id is None:
        return None
    made = [
        one
        for one in study.annotations.history(annotation.case_id, annotation.task)
        if one.run_id == annotation.run_id and one.origin == "model"
    ]
    for one in made:
        path = one.path.with_name(f"{one.path.stem}{SUFFIX}")
        if path.is_file():
            return path
    return None
