"""A worker that is not there: the events it would tell, with the files they announce."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.cases.reading import read_image, write_image
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.files import sha256_of
from QualityFinetuneLib.engine.protocol.events import (
    AnyEvent,
    Artifact,
    Done,
    Failed,
    Metric,
    Progress,
    Started,
    Warned,
)
from QualityFinetuneLib.engine.protocol.job_file import AnyJob
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob, PredictJob, PretrainJob
from QualityFinetuneLib.workflow import executing

Says = Callable[[Any], Iterator[AnyEvent]]
"""Given a job, yields what the worker tells."""


def install(monkeypatch: pytest.MonkeyPatch, says: Says) -> list[AnyJob]:
    """Let `workflow.executing` run jobs by this script; returns the list that collects the jobs it is given."""
    jobs: list[AnyJob] = []

    def run_job(
        job: AnyJob, *, python: Path | None, standby: object, on_event: Callable[[AnyEvent], None]
    ) -> list[AnyEvent]:
        jobs.append(job)
        events = []
        for event in says(job):
            on_event(event)
            events.append(event)
            if isinstance(event, Failed):
                raise UserError(event.code, what=event.what, why=event.why, next=event.next)
        return events

    monkeypatch.setattr(executing, "run_job", run_job)
    return jobs


def everything(job: AnyJob) -> Iterator[AnyEvent]:
    """Whatever the job is."""
    if isinstance(job, FinetuneJob):
        return finetune(job)
    if isinstance(job, PretrainJob):
        return pretrain(job)
    assert isinstance(job, PredictJob)
    return predict_all(job)


def started(kind: str, *, pid: int = 4242) -> Started:
    return Started(kind=kind, pid=pid, device="cpu", versions={"torch": "2.13.0"})


def prediction(job: PredictJob, number: int, *, source: Path | None = None) -> Artifact:
    """Case `number` of the job is predicted: its T2w thresholded, or a copy of `source`."""
    case = job.cases[number]
    path = job.output / "predictions" / f"{case.id}.nrrd"
    path.parent.mkdir(parents=True, exist_ok=True)
    if source is not None:
        shutil.copy(source, path)
    else:
        t2w = read_image(case.images[Role.T2W])
        write_image((t2w > 400) + 0, path)
    return Artifact(role="prediction", path=path, sha256=sha256_of(path), case=case.id)


def maps(job: PredictJob, number: int) -> Iterator[Artifact]:
    """The maps of case `number` that the job asks for."""
    case = job.cases[number]
    roles = ["probability"] * job.probabilities * len(job.task.labels) + ["uncertainty"] * job.uncertainty
    for index, role in enumerate(roles):
        path = job.output / "predictions" / f"{case.id}-{role}-{index}.nrrd"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_image(read_image(case.images[Role.T2W]) * 0.0, path)
        yield Artifact(role=role, path=path, sha256=sha256_of(path), case=case.id)


def predict_all(job: PredictJob) -> Iterator[AnyEvent]:
    yield started("predict")
    for number in range(len(job.cases)):
        yield from maps(job, number)
        yield prediction(job, number)
        yield Progress(done=number + 1, total=len(job.cases), unit="case")
    yield Done(elapsed_s=1.5)


def model(job: FinetuneJob | PretrainJob) -> Artifact:
    """The best model is complete."""
    path = job.output / "best" / "model.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"weights of " + str(job.output).encode())
    return Artifact(role="model", path=path, sha256=sha256_of(path))


def finetune(job: FinetuneJob) -> Iterator[AnyEvent]:
    yield started("finetune")
    yield Warned(code=ErrorCode.NO_LABEL, what="One thing.", why="Because.", next="Look.")
    for epoch, dice in ((1, 0.4), (2, 0.7), (3, 0.6)):
        yield Metric(name="loss", value=1.0 / epoch, epoch=epoch)
        yield Metric(name="dice", value=dice, epoch=epoch, label="PZ", stratum="all")
        yield Metric(name="dice", value=dice, epoch=epoch, stratum="all")
        yield Metric(name="dice", value=None, epoch=epoch, stratum="low", why="None there.")
    yield model(job)
    yield Done(elapsed_s=12.0)


def pretrain(job: PretrainJob) -> Iterator[AnyEvent]:
    yield started("pretrain")
    for epoch, loss in ((1, 0.9), (2, 0.7), (3, 0.8)):
        yield Metric(name="loss", value=loss, epoch=epoch)
        yield Metric(name="held_out_loss", value=0.99, epoch=epoch, case=job.cases[0].id)
        yield Metric(name="held_out_loss", value=loss, epoch=epoch, stratum="all")
    yield model(job)
    yield Done(elapsed_s=8.0)
