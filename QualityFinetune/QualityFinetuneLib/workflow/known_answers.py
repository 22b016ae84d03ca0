"""What is known about whole exams: what was imported or given by a reader, and volumes that masks tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..cases.answers import numbers_of
from ..cases.reading import read_image
from ..cases.tasks import Task
from ..study.records import Annotation, Answer
from ..study.study import Study


@dataclass(frozen=True, kw_only=True)
class KnownAnswer:
    """One case's answer to learn from or to compare with.

    Attributes:
        numbers: as in `CaseFiles.answer`.
        source: where it comes from, in words.
        answer: the record, None where it was derived.
        annotation: the mask it was derived from, None where it is a record.
    """

    case_id: int
    numbers: tuple[float | None, ...]
    source: str
    answer: Answer | None = None
    annotation: Annotation | None = None


def known_answers(study: Study, task: Task) -> dict[int, KnownAnswer]:
    """Every case whose answer is known, by case id.

    Where the task says `volume_of`, a case without a value takes the volume of its reviewed or imported mask; the
    source says so. It is looked up anew each time, so a corrected mask counts at once.

    Raises:
        UserError: UNREADABLE_FILE when such a mask cannot be read.
    """
    known = {
        case_id: KnownAnswer(
            case_id=case_id, numbers=numbers_of(task, answer.values), source=_told(answer), answer=answer
        )
        for case_id, answer in study.answers.trainable(task.name).items()
    }
    if task.volume_of is not None:
        for case_id, mask in study.annotations.trainable(task.volume_of).items():
            derived = _derived(task, mask) if case_id not in known else None
            if derived is not None:
                known[case_id] = derived
    return dict(sorted(known.items()))


def derived_answer(study: Study, task: Task, case_id: int) -> KnownAnswer | None:
    """The volume that a case's reviewed or imported mask tells where the task says `volume_of`; None without one.

    Raises:
        UserError: UNREADABLE_FILE when the mask cannot be read.
    """
    if task.volume_of is None:
        return None
    mask = study.annotations.trainable(task.volume_of).get(case_id)
    return _derived(task, mask) if mask is not None else None


def _derived(task: Task, mask: Annotation) -> KnownAnswer | None:
    volume_ml = _volume_ml(mask.path, mask.sha256)
    if volume_ml <= 0:
        return None
    source = f"derived from the {task.volume_of} mask, annotation {mask.id}"
    return KnownAnswer(case_id=mask.case_id, numbers=(volume_ml,), source=source, annotation=mask)


@lru_cache(maxsize=4096)
def _volume_ml(path: Path, sha256: str) -> float:
    """Volume of all labelled voxels of the mask whose content has that hash."""
    mask = read_image(path)
    voxels = int(np.count_nonzero(sitk.GetArrayViewFromImage(mask)))
    return voxels * float(np.prod(mask.GetSpacing())) / 1000.0


def _told(answer: Answer) -> str:
    if answer.origin == "reader":
        return "given by a reader"
    if answer.origin == "model":
        return "a model's, accepted by a reader"
    return f"imported, {answer.source}" if answer.source else "imported"
