"""Masks for cases, each on its own T2w's grid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import SimpleITK as sitk
import torch
from torch import Tensor

from ...cases.reading import write_image
from ...cases.tasks import Task
from ...common.errors import ErrorCode, UserError
from ...models.meta import ModelMeta
from ..protocol.jobs import CaseFiles, PredictJob
from .answers_predicting import predict_answers
from .context import JobContext, Pace
from .deciding import to_mask
from .inference import probabilities
from .network import Network, network_to_predict
from .preparing import prepare
from .ready import ready_to_predict

PREDICTIONS = "predictions"


def predict(job: PredictJob, context: JobContext, *, device: torch.device) -> None:
    """Predict every case into `predictions/<case>.nrrd`, telling each mask as it is complete.

    An answer about a whole exam is a file `predictions/<case>.json`.

    Raises:
        UserError: what is wrong with the model or with a case.
    """
    require_cases(job)
    network = network_to_predict(job.model, job.task)
    predict_cases(job, network, context, device=device)


def require_cases(job: PredictJob) -> None:
    """Raises UserError when there is nothing to predict, or two cases would get one file."""
    if not job.cases:
        raise UserError(
            ErrorCode.TOO_FEW_CASES,
            what="There is nothing to predict.",
            why="The job names no case.",
            next="Choose at least one case.",
        )
    names = Counter(file_name(case.id) for case in job.cases)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise UserError(
            ErrorCode.BAD_JOB,
            what="The predictions cannot be told apart.",
            why=f"Two cases would both be written as {twice[0]}.",
            next="Give each case a different id.",
        )


def predict_cases(job: PredictJob, network: Network, context: JobContext, *, device: torch.device) -> None:
    """Predict with a network that is loaded already."""
    if not job.task.segments:
        predict_answers(job, network, context, device=device)
        return
    _, forward = ready_to_predict(network.model, device=device, precision=job.precision)
    pace = Pace(len(job.cases))
    context.progress(0, len(job.cases), unit="case")
    for number, case in enumerate(job.cases, start=1):
        context.stop_if_asked()
        path = job.output / PREDICTIONS / file_name(case.id)
        predict_case(case, path, forward, meta=network.meta, task=job.task, device=device, context=context)
        context.artifact("prediction", path, case=case.id)
        context.progress(number, len(job.cases), unit="case", eta_s=pace.eta_s(number))


def predict_case(
    case: CaseFiles,
    path: Path,
    forward: Callable[[Tensor], Tensor],
    *,
    meta: ModelMeta,
    task: Task,
    device: torch.device,
    context: JobContext,
) -> None:
    """Write the mask of one case."""
    prepared = prepare(case, meta=meta, task=task, context=context)
    found = probabilities(forward, prepared, meta=meta, device=device, context=context)
    mask = to_mask(found, prepared, post=meta.postprocessing)
    if not sitk.GetArrayViewFromImage(mask).any():
        context.warn(
            ErrorCode.NO_LABEL,
            what=f"The model found nothing in case {case.id}.",
            why=f"No voxel was more likely {' or '.join(label.name for label in task.labels)} than background.",
            next="Look at the images; segment the case by hand if the structure is there.",
            case=case.id,
        )
    write_image(mask, path)


def file_name(case: str) -> str:
    """The name of a case's mask; only letters, digits, dot, dash and underscore of the id are kept."""
    return re.sub(r"[^\w.-]+", "_", case).lstrip(".") + ".nrrd"
