"""Masks that lie beside an exam's images: onto the T2w grid, then into the study as imported annotations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from ..cases.found import FoundCase, FoundMask, ImportMessage, Severity
from ..cases.reading import read_image, write_image
from ..common.errors import ErrorCode, UserError
from ..study.records import Case, NewAnnotation
from ..study.study import Study
from .masks import as_label_map, on_grid
from .tasks import task_of


@dataclass(frozen=True, kw_only=True)
class ReadMask:
    """A mask on the T2w grid, checked, not yet written."""

    found: FoundMask
    image: sitk.Image


def read_masks(study: Study, found: FoundCase, t2w_path: Path | None) -> tuple[list[ReadMask], list[ImportMessage]]:
    """Every mask of the exam that can be used, and a message for each that cannot or was resampled."""
    masks: list[ReadMask] = []
    messages: list[ImportMessage] = []
    t2w = read_image(t2w_path) if t2w_path and found.masks else None
    for mask in found.masks:
        if t2w is None:
            messages.append(_left_out(mask, found, "The exam has no axial T2w series for it to lie on."))
            continue
        try:
            task = task_of(study, mask.task)
            image, moved = on_grid(read_image(mask.path), t2w, name=mask.path.name)
            masks.append(ReadMask(found=mask, image=as_label_map(image, task, name=mask.path.name)))
        except UserError as error:
            messages.append(_message(mask.path, Severity.ERROR, error.code, error.what, error.why, error.next))
            continue
        if moved:
            messages.append(_resampled(mask, found))
    return masks, messages


def add_masks(study: Study, case: Case, masks: Sequence[ReadMask]) -> None:
    """Write the masks into the study and record them."""
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


def several(imported: Sequence[tuple[FoundCase, Sequence[ReadMask]]]) -> list[ImportMessage]:
    """One message for each task that exams have more than one mask for: which is used, and what else was there."""
    alike: dict[tuple[str, tuple[str, ...]], list[FoundCase]] = defaultdict(list)
    for found, masks in imported:
        sources: dict[str, list[str]] = defaultdict(list)
        for mask in masks:
            sources[mask.found.task].append(mask.found.source)
        for task, names in sources.items():
            if len(names) > 1:
                alike[task, tuple(names)].append(found)
    return [
        _message(
            cases[0].masks[0].path.parent,
            Severity.WARNING,
            ErrorCode.CONFLICT,
            f"{cases[0].name if len(cases) == 1 else f'{len(cases)} exams'} came with {len(names)} masks for {task}.",
            f"{names[-1]} is trained on and compared with; kept beside it: {', '.join(reversed(names[:-1]))}.",
            "Accept another one in Review where it is better, or prefer it when importing.",
        )
        for (task, names), cases in alike.items()
    ]


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
