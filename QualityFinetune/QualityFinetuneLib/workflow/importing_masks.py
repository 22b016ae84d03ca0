"""Masks that lie beside an exam's images: onto the T2w grid, then into the study as imported annotations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from ..cases.found import FoundCase, FoundMask, ImportMessage, Severity
from ..cases.reading import read_image, write_image
from ..cases.tasks import load_task
from ..common.errors import ErrorCode, UserError
from ..study.records import Case, NewAnnotation
from ..study.study import Study
from .masks import as_label_map, on_grid


@dataclass(frozen=True, kw_only=True)
class ReadMask:
    """A mask on the T2w grid, checked, not yet written."""

    found: FoundMask
    image: sitk.Image


def read_masks(found: FoundCase, t2w_path: Path | None) -> tuple[list[ReadMask], list[ImportMessage]]:
    """Every mask of the exam that can be used, and a message for each that cannot or was resampled."""
    masks: list[ReadMask] = []
    messages: list[ImportMessage] = []
    t2w = read_image(t2w_path) if t2w_path and found.masks else None
    for mask in found.masks:
        if t2w is None:
            messages.append(_left_out(mask, found, "The exam has no axial T2w series for it to lie on."))
            continue
        try:
            task = load_task(mask.task)
            image, moved = on_grid(read_image(mask.path), t2w, name=mask.path.name)
            masks.append(ReadMask(found=mask, image=as_label_map(image, task, name=mask.path.name)))
        except UserError as error:
            messages.append(_message(mask.path, Severity.ERROR, error.code, error.what, error.why, error.next))
            continue
        if moved:
            messages.append(_resampled(mask, found))
    return masks, messages + _several(found, masks)


def add_masks(study: Study, case: Case, masks: Sequence[ReadMask]) -> int:
    """Write the masks into the study and record them; returns how many."""
    for mask in masks:
        path = study.paths.new_annotation(case, mask.found.task)
        write_image(mask.image, path)
        study.annotations.add(
            NewAnnotation(
                case_id=case.id,
                task=mask.found.task,
                origin="imported",
                status="accepted",
                path=path,
                source=mask.found.source,
            )
        )
    return len(masks)


def _several(found: FoundCase, masks: Sequence[ReadMask]) -> list[ImportMessage]:
    counts = Counter(mask.found.task for mask in masks)
    messages = []
    for task, count in counts.items():
        if count > 1:
            names = [mask.found.source for mask in masks if mask.found.task == task]
            messages.append(
                _message(
                    found.masks[0].path.parent,
                    Severity.WARNING,
                    ErrorCode.CONFLICT,
                    f"{found.name} has {count} masks for the task {task}.",
                    f"They come from {', '.join(names)}; the last one is used for training.",
                    "Accept or reject them in Review to choose another.",
                )
            )
    return messages


def _resampled(mask: FoundMask, found: FoundCase) -> ImportMessage:
    return _message(
        mask.path,
        Severity.WARNING,
        ErrorCode.BAD_GEOMETRY,
        f"The mask {mask.path.name} of {found.name} was resampled.",
        "It lies on another grid than the T2w series; each T2w voxel took the nearest mask voxel.",
        "Look at it once in Review.",
    )


def _left_out(mask: FoundMask, found: FoundCase, why: str) -> ImportMessage:
    return _message(
        mask.path,
        Severity.ERROR,
        ErrorCode.MISSING_SERIES,
        f"The mask {mask.path.name} of {found.name} was left out.",
        why,
        "Add the axial T2w series to the folder and import it again.",
    )


def _message(path: Path, severity: Severity, code: ErrorCode, what: str, why: str, next: str) -> ImportMessage:
    return ImportMessage(path=path, severity=severity, code=code, what=what, why=why, next=next)
