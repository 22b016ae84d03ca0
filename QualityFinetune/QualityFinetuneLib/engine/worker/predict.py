"""Masks for cases, each on its own T2w's grid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk
import torch

from ...cases.reading import write_image
from ...cases.tasks import Label
from ...common.errors import ErrorCode, UserError
from ..protocol.jobs import CaseFiles, PredictJob
from .answers_predicting import predict_answers
from .context import JobContext, Pace
from .deciding import label_map, on_grid
from .ensemble import Ensemble, Likely
from .masks import image_like
from .network import Network, network_to_predict
from .uncertainty import uncertainty_map

PREDICTIONS = "predictions"


def predict(job: PredictJob, context: JobContext, *, device: torch.device) -> None:
    """Predict every case into `predictions/<case>.nrrd`, telling each mask as it is complete.

    Maps that the job asks for lie beside it: `<case>-uncertainty.nrrd` and `<case>-probability-<value>-<label>.nrrd`.
    An answer about a whole exam is a file `predictions/<case>.json`.

    Raises:
        UserError: what is wrong with a model or with a case.
    """
    require_cases(job)
    networks = [network_to_predict(choice, job.task) for choice in job.models]
    predict_cases(job, networks, context, device=device)


def require_cases(job: PredictJob) -> None:
    """Raises UserError when there is nothing to predict, or two cases would get one file."""
    if not job.cases:
        raise UserError(
            ErrorCode.TOO_FEW_CASES,
            what="There is nothing to predict.",
            why="The job names no case.",
            next="Choose at least one case.",
        )
    names = Counter(name.casefold() for case in job.cases for name in _file_names(job, case.id))
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise UserError(
            ErrorCode.BAD_JOB,
            what="The predictions cannot be told apart.",
            why=f"Two cases would both be written as {twice[0]}.",
            next="Give each case a different id.",
        )


def predict_cases(job: PredictJob, networks: Sequence[Network], context: JobContext, *, device: torch.device) -> None:
    """Predict with networks that are loaded already, those of `job.models` in order."""
    if not job.task.segments:
        predict_answers(job, networks, context, device=device)
        return
    ensemble = Ensemble(networks, job, device=device)
    if job.uncertainty and ensemble.opinions == 1:
        context.log("The uncertainty is that of a single look; flips or an ensemble tell more.")
    pace = Pace(len(job.cases))
    context.progress(0, len(job.cases), unit="case")
    for number, case in enumerate(job.cases, start=1):
        context.stop_if_asked()
        _predict_case(case, job, ensemble, context)
        context.progress(number, len(job.cases), unit="case", eta_s=pace.eta_s(number))


def _predict_case(case: CaseFiles, job: PredictJob, ensemble: Ensemble, context: JobContext) -> None:
    """The mask comes last, so that whoever is told of it finds the maps beside it."""
    likely = ensemble.look_at(case, context=context)
    context.stop_if_asked()
    folder = job.output / PREDICTIONS
    mask = label_map(
        likely.values,
        grid=likely.grid,
        t2w=likely.t2w,
        post=ensemble.post,
        smallest_component_ml=job.task.smallest_component_ml,
    )
    found = sitk.GetArrayFromImage(mask) > 0
    if not found.any():
        context.warn(
            ErrorCode.NO_LABEL,
            what=f"The model found nothing in case {case.id}.",
            why=f"No voxel was more likely {' or '.join(label.name for label in job.task.labels)} than background.",
            next="Look at the images; segment the case by hand if the structure is there.",
            case=case.id,
        )
    if job.probabilities:
        _write_probabilities(likely, mask, case, job, context)
    if job.uncertainty:
        values = uncertainty_map(likely)
        path = folder / file_name(case.id, "-uncertainty")
        write_image(image_like(values, mask), path)
        mean = float(values[found].mean()) if found.any() else None
        context.metric(
            "uncertainty_mean",
            mean,
            unit="nat",
            case=case.id,
            why=None if found.any() else "The mask is empty.",
        )
        context.artifact("uncertainty", path, case=case.id)
    path = folder / file_name(case.id)
    write_image(mask, path)
    context.artifact("prediction", path, case=case.id)


def _write_probabilities(
    likely: Likely, mask: sitk.Image, case: CaseFiles, job: PredictJob, context: JobContext
) -> None:
    for label, values in zip(job.task.labels, likely.values, strict=True):
        context.stop_if_asked()
        path = job.output / PREDICTIONS / file_name(case.id, _probability(label))
        shown: np.ndarray = on_grid(values, likely.grid, likely.t2w)
        write_image(image_like(shown, mask), path)
        context.artifact("probability", path, case=case.id)


def file_name(case: str, kind: str = "") -> str:
    """The name of a case's file; only letters, digits, dot, dash and underscore of the id are kept."""
    return re.sub(r"[^\w.-]+", "_", case + kind).lstrip(".") + ".nrrd"


def _file_names(job: PredictJob, case: str) -> list[str]:
    kinds = ["", *(["-uncertainty"] if job.uncertainty else ())]
    kinds += [_probability(label) for label in job.task.labels] if job.probabilities else []
    return [file_name(case, kind) for kind in kinds]


def _probability(label: Label) -> str:
    return f"-probability-{label.value}-{label.short}"
