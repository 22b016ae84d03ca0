"""The uncertainty map of a model's segmentation, if the run that made it kept one."""

from __future__ import annotations

from pathlib import Path

from ..study.records import Annotation
from ..study.study import Study
from .run_files import run_files


def uncertainty_of(study: Study, annotation: Annotation) -> Path | None:
    """The map that belongs to the model's mask, also for a reader's correction of it; None where there is none."""
    if annotation.run_id is None:
        return None
    found = run_files(study.runs.get(annotation.run_id), "uncertainty").get(annotation.case_id)
    return found[0] if found else None
