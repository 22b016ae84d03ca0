"""A run that is recorded and ready to be handed to an engine, and what of a study goes into its job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cases.roles import Role
from ..cases.tasks import Task
from ..common.errors import ErrorCode, UserError
from ..engine.protocol.jobs import CaseFiles, EvaluateJob, FinetuneJob, PredictJob, PretrainJob, Quality
from ..study.records import Annotation, Case, Run
from ..study.study import Study
from .known_answers import KnownAnswer

RunJob = FinetuneJob | PretrainJob | PredictJob | EvaluateJob


@dataclass(frozen=True, kw_only=True)
class PreparedRun:
    """A recorded run and the job that does it. Nothing has been started."""

    run: Run
    job: RunJob


def case_key(case_id: int) -> str:
    """How jobs and events name a case: neutral, so logs of a blinded study name nobody."""
    return f"case-{case_id:04d}"


def case_id_of(key: str) -> int:
    """The inverse of `case_key`."""
    return int(key.removeprefix("case-"))


def case_files(
    study: Study,
    case: Case,
    task: Task | None,
    *,
    roles: Sequence[Role] = (),
    label: Path | None = None,
    answer: tuple[float | None, ...] | None = None,
    prediction: Path | None = None,
    quality: Quality | None = None,
) -> CaseFiles:
    """The case as the engine sees it: the T2w volume, and one volume for each further role it has.

    Raises:
        UserError: MISSING_SERIES when there is no axial T2w series.
    """
    images: dict[Role, Path] = {}
    for role in dict.fromkeys((Role.T2W, *(task.roles if task else ()), *roles)):
        series = study.cases.first(case.id, role)
        if series is not None:
            images[role] = series.path
    if Role.T2W not in images:
        raise UserError(
            ErrorCode.MISSING_SERIES,
            what=f"{study.display_name(case)} cannot be used.",
            why="It has no axial T2w series, which gives masks their grid.",
            next="Leave the case out, or import its axial T2w series.",
        )
    return CaseFiles(
        id=case_key(case.id),
        images=images,
        label=label,
        answer=answer,
        prediction=prediction,
        quality=quality,
        simulated=case.simulated,
    )


def used(
    study: Study,
    files: CaseFiles,
    *,
    part: str,
    annotation: Annotation | None = None,
    answer: KnownAnswer | None = None,
) -> dict[str, Any]:
    """What a run's config keeps of one case: what it was used for, and the hashes of the files that were used."""
    if answer is not None:
        annotation = answer.annotation
    case_id = case_id_of(files.id)
    paths = set(files.images.values())
    hashes = {s.name: s.sha256 for s in study.cases.series(case_id) if s.path in paths}
    return {
        "case_id": case_id,
        "part": part,
        "quality": files.quality,
        "simulated": files.simulated,
        "series_sha256": hashes,
        "annotation_id": annotation.id if annotation else None,
        "annotation_sha256": annotation.sha256 if annotation else None,
        **(_told(answer) if answer is not None else {}),
    }


def _told(answer: KnownAnswer) -> dict[str, Any]:
    record = answer.answer
    return {
        "answer": list(answer.numbers),
        "answer_source": answer.source,
        "answer_id": record.id if record is not None else None,
        "answer_sha256": record.sha256 if record is not None else None,
    }


def names(study: Study, cases: Sequence[Case], *, at_most: int = 4) -> str:
    """A few cases for a message, called as the study's blinding allows."""
    more = f" and {len(cases) - at_most} more" if len(cases) > at_most else ""
    return ", ".join(study.display_name(case) for case in cases[:at_most]) + more
