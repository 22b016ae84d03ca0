"""Overlay pictures for the report, rendered from a MRML scene: prediction and reference over the case's T2w."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from ..cases.reading import read_image
from ..common.errors import ErrorCode, UserError
from ..scene.case_nodes import CaseNodes
from ..scene.headless import start
from ..scene.mosaic import mosaic, spread
from ..scene.segmentations import show_annotation
from ..scene.snapshot import write_png
from ..scene.views import fitting_field_of_view
from ..study.records import Annotation, Run
from ..study.study import Study
from ..workflow.evaluating import pairs_of
from ..workflow.tasks import task_of
from .output import Output
from .running import bars

SLICES = 3
TILE_PX = 480


def overlay_pictures(
    study: Study, folder: Path, *, run: Run | None = None, output: Output, at_most: int = 6
) -> dict[int, list[Path]]:
    """Pictures of what a run predicted, and below each the reference mask of the same slices where there is one.

    Args:
        study: holds cases and masks.
        folder: receives one PNG a mask.
        run: a predict run; None takes the newest one that is done.
        output: where to show progress, and to say why where no picture can be made.
        at_most: how many cases.

    Returns:
        Pictures by case id; empty without a prediction, or where nothing can be drawn on this machine.
    """
    if run is None:
        run = next((r for r in reversed(study.runs.all(kind="predict")) if r.status == "done"), None)
    if run is None:
        return {}
    references = {pair.case.id: pair.reference for pair in pairs_of(study, run).pairs}
    drafts = [
        a for a in study.annotations.all() if a.run_id == run.id and a.origin == "model" and a.status == "draft"
    ]
    shown: dict[int, list[Path]] = {}
    try:
        scene = start()
        with bars(output) as progress:
            bar = progress.add_task("Rendering overlays", total=len(drafts[:at_most]), note="", eta_s=None)
            for draft in drafts[:at_most]:
                shown[draft.case_id] = _pictures_of(scene, study, draft, references.get(draft.case_id), folder)
                progress.advance(bar)
    except UserError as error:
        if error.code is not ErrorCode.MISSING_PACKAGE:
            raise
        output.warn(error.what, error.why, error.next)
    return shown


def _pictures_of(
    scene: Any, study: Study, draft: Annotation, reference: Annotation | None, folder: Path
) -> list[Path]:
    task = task_of(study, draft.task)
    case = study.cases.get(draft.case_id)
    nodes = CaseNodes(scene)
    t2w = nodes.show(study, case).t2w
    indices = _slices(reference or draft)
    # One place and scale for both, from the mask that can be trusted more.
    trusted = show_annotation(scene, study, reference or draft, task)
    view = {"centered_on": trusted, "field_of_view_mm": fitting_field_of_view(trusted)}
    written = []
    for kind, annotation in (("prediction", draft), ("reference", reference)):
        if annotation is None:
            continue
        segmentation = show_annotation(scene, study, annotation, task)
        sheet = mosaic(scene, t2w, segmentation, indices=indices, columns=SLICES, tile_px=TILE_PX, **view)
        simulated = "simulated-" if case.simulated else ""
        path = folder / f"{simulated}case-{case.id:04d}-{task.name}-{kind}.png"
        write_png(sheet, path)
        written.append(path)
    nodes.close_case(case.id)
    return written


def _slices(annotation: Annotation) -> list[int]:
    """The same slices for prediction and reference, inside what is drawn: its ends show little."""
    per_slice = np.count_nonzero(sitk.GetArrayViewFromImage(read_image(annotation.path)), axis=(1, 2))
    return spread(np.where(per_slice > 0.35 * per_slice.max(), per_slice, 0).astype(float), SLICES)
