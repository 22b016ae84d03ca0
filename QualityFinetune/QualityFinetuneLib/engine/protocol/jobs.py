"""Jobs: what one worker process is asked to do. A job names files, labels and options, never a database.

Paths should be absolute; a relative one counts from the folder the worker is started in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ...cases.roles import Role
from ...cases.tasks import Task

PROTOCOL_VERSION = 1

Quality = Literal["high", "low"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseFiles(_Part):
    """One case as files.

    Attributes:
        images: one volume for each role, in physical geometry; the T2w one gives the grid of masks.
        label: mask of the task on the T2w grid; voxel values as in the task's labels, 0 elsewhere.
        prediction: mask to be evaluated against `label`.
        quality: stratum in which results are reported.
    """

    id: str
    images: dict[Role, Path] = {}
    label: Path | None = None
    prediction: Path | None = None
    quality: Quality | None = None
    simulated: bool = False


class ModelChoice(_Part):
    """Which network and which weights.

    Attributes:
        card: name of a model card in the registry, e.g. `taps_gland`, or the path of a card file of the site's own.
        weights: a checkpoint file for that card (a downloaded ProFound file, say); None means what the card
            itself can provide.
        folder: folder of a finished run holding `model.yaml` and its weights; then `card` is what it says there.
    """

    card: str
    weights: Path | None = None
    folder: Path | None = None


class TrainOptions(_Part):
    """How to finetune.

    Attributes:
        mode: `full` trains every weight from the pretrained start, `frozen` keeps the encoder as it is,
            `scratch` starts the same network from random weights.
        steps_per_epoch: None shows every training case once an epoch.
        layer_decay: in `full`, each stage of the encoder learns this much slower than the one above it.
        patch: voxels (x, y, z) on the model's grid; None takes the card's.
        augment: flip, rotate, scale and change the contrast of what the network is shown.
        views: in `frozen`, how many versions of each case are shown in turn: their encoder features are computed
            once and kept, so more views cost more encoding and more disk.
    """

    mode: Literal["full", "frozen", "scratch"] = "frozen"
    epochs: int = Field(default=50, ge=1)
    steps_per_epoch: int | None = Field(default=None, ge=1)
    batch_size: int = Field(default=1, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=1e-5, ge=0)
    warmup_fraction: float = Field(default=0.1, ge=0, lt=1)
    layer_decay: float = Field(default=0.9, gt=0, le=1)
    patch: tuple[int, int, int] | None = None
    augment: bool = True
    views: int = Field(default=4, ge=1)
    validate_every: int = Field(default=1, ge=1)


class _Job(_Part):
    version: Literal[1] = 1
    output: Path
    """Folder that receives everything the job writes."""
    device: str = "auto"
    """`auto`, `cpu`, `cuda`, `cuda:1` or `mps`."""
    threads: int | None = Field(default=None, ge=1)
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """`auto` takes what is faster on the device without changing results that matter."""
    seed: int = 0


class FinetuneJob(_Job):
    """Train on `train`, keep the best epoch on `validate_on` (or by training loss where there is none).

    Attributes:
        resume: continue from `last.pt` in `output` when it is there.
        cache: folder of encoder features shared by runs; None keeps them in `output` until the run is done.
    """

    kind: Literal["finetune"] = "finetune"
    model: ModelChoice
    task: Task
    train: tuple[CaseFiles, ...]
    validate_on: tuple[CaseFiles, ...] = ()
    options: TrainOptions = TrainOptions()
    resume: bool = False
    cache: Path | None = None


class PredictJob(_Job):
    kind: Literal["predict"] = "predict"
    model: ModelChoice
    task: Task
    cases: tuple[CaseFiles, ...]


class EvaluateJob(_Job):
    kind: Literal["evaluate"] = "evaluate"
    task: Task
    cases: tuple[CaseFiles, ...]


class ServeJob(_Job):
    """Keep one engine warm: each further line on stdin is a `Request`; end of stdin ends it."""

    kind: Literal["serve"] = "serve"


class Request(_Part):
    """One line on a serving engine's stdin: do this job; its events carry `request`."""

    request: str = Field(min_length=1)
    job: PredictJob


class CancelRequest(_Part):
    """One line on a serving engine's stdin: stop that request, running or waiting."""

    cancel: str = Field(min_length=1)


Job = Annotated[FinetuneJob | PredictJob | EvaluateJob | ServeJob, Field(discriminator="kind")]
JOB: TypeAdapter[FinetuneJob | PredictJob | EvaluateJob | ServeJob] = TypeAdapter(Job)
