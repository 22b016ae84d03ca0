"""A job on disk: one YAML file, checked key by key."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ...common.errors import ErrorCode, UserError
from ...common.yaml_config import load_yaml, save_yaml
from .jobs import EvaluateJob, FinetuneJob, PredictJob, PretrainJob, ServeJob

AnyJob = FinetuneJob | PretrainJob | PredictJob | EvaluateJob | ServeJob
JOB_FILE = "job.yaml"

_KINDS: dict[str, type[AnyJob]] = {
    "finetune": FinetuneJob,
    "pretrain": PretrainJob,
    "predict": PredictJob,
    "evaluate": EvaluateJob,
    "serve": ServeJob,
}


class _Kind(BaseModel):
    """Read first, so that messages about the rest name the keys as they stand in the file."""

    model_config = ConfigDict(extra="ignore")
    kind: Literal["finetune", "pretrain", "predict", "evaluate", "serve"]


def load_job(path: Path) -> AnyJob:
    """Read a job.

    Raises:
        UserError: BAD_JOB naming file, line, key and allowed values.
    """
    try:
        return load_yaml(path, _KINDS[load_yaml(path, _Kind).kind])
    except UserError as error:
        raise UserError(ErrorCode.BAD_JOB, what=error.what, why=error.why, next=error.next) from error


def save_job(job: AnyJob) -> Path:
    """Write `job.yaml` into the job's output folder and return its path."""
    path = job.output / JOB_FILE
    save_yaml(path, job)
    return path
