"""Which objective a job's task asks for."""

from __future__ import annotations

import torch

from ..protocol.jobs import FinetuneJob
from .answers_objective import AnswersObjective
from .context import JobContext
from .network import Network
from .objective import Objective
from .segmentation_objective import SegmentationObjective


def objective_for(job: FinetuneJob, network: Network, context: JobContext, *, device: torch.device) -> Objective:
    """What `network` is to learn in `job`."""
    if not job.task.segments:
        return AnswersObjective(
            task=job.task,
            meta=network.meta,
            device=device,
            precision=job.precision,
            context=context,
            balanced=job.options.sampling != "class_balanced",
        )
    return SegmentationObjective(
        task=job.task,
        meta=network.meta,
        weights=network.model.supervision_weights,
        device=device,
        precision=job.precision,
        context=context,
    )
