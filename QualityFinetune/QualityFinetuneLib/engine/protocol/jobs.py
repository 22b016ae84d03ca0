"""Jobs: what one worker process is asked to do. A job names files, labels and options, never a database.

Paths should be absolute; a relative one counts from the folder the worker is started in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, TypeAdapter, model_validator

from ...cases.roles import Role
from ...cases.tasks import Task

PROTOCOL_VERSION = 1

Quality = Literal["high", "low"]
Precision = Literal["auto", "fp32", "bf16", "fp16"]
Mode = Literal["full", "frozen", "probe", "partial", "lora", "scratch"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseFiles(_Part):
    """One case as files.

    Attributes:
        images: one volume for each role, in physical geometry; the T2w one gives the grid of masks.
        label: mask of the task on the T2w grid; voxel values as in the task's labels, 0 elsewhere.
        answer: what is known about the whole exam, for a task that asks for it: one number for classes and grades
            (the choice's `value`, e.g. 4 for PI-RADS 4), 0 or 1 for each label, or the values; None is not known.
        prediction: mask to be evaluated against `label`, or the JSON file to be evaluated against `answer`.
        quality: stratum in which results are reported.
    """

    id: str
    images: dict[Role, Path] = {}
    label: Path | None = None
    answer: tuple[float | None, ...] | None = None
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


class QualityWeights(_Part):
    """How often a case is shown, by its quality, against an unrated case's 1."""

    high: float = Field(default=1.0, gt=0)
    low: float = Field(default=1.0, gt=0)


class TrainOptions(_Part):
    """How to finetune.

    Attributes:
        mode: `full` trains every weight from the pretrained start; `frozen` keeps the encoder as it is; `probe` keeps
            it and puts one linear layer on it; `partial` keeps its stages before `from_stage`; `lora` learns
            low-rank corrections to its pointwise layers; `scratch` starts the same network from random weights.
        from_stage: in `partial`, the first stage of the encoder (block of a transformer) that learns, from 0.
        lora_rank: in `lora`, rank of each correction.
        lora_alpha: in `lora`, corrections are scaled by `lora_alpha / lora_rank`.
        decoder_warmup_epochs: so many epochs teach what follows the encoder alone; then the encoder (or its
            adapters) joins in, with a linear warm-up of its own.
        steps_per_epoch: None shows as many cases an epoch as there are.
        batch_size: cases that are computed at once.
        accumulate: so many batches make one step of the optimiser; the same as a larger batch with less memory.
        layer_decay: in `full`, `partial` and `lora`, each stage of the encoder learns this much slower than the one
            above it.
        dropout: share of the encoder's features that what follows it does not get in training; predictions can leave
            it on to tell how unsure they are. None takes what the model's card says; the packaged cards have none.
        drop_path: highest rate of stochastic depth in ProFound's encoders, where they learn; None takes the card's.
        ema: decay of the running mean of the weights, which is then what is validated and saved; None for none.
        patience: stop after so many epochs without a better value of the task's metric; None never does.
        sampling: `uniform` shows every case as often; `class_balanced` shows cases of rare classes more often;
            `quality_weighted` goes by `quality_weights`. Every case is shown in each of them.
        patch: voxels (x, y, z) on the model's grid; None takes the card's.
        augment: flip, rotate, scale and change the contrast of what the network is shown.
        views: in `frozen` and `probe`, how many versions of each case are shown in turn: their encoder features are
            computed once and kept, so more views cost more encoding and more disk.
        window_mm: in `frozen` and `probe`, for networks that see the whole exam and can decode a part of it: each
            step teaches inside an axial square of so many mm, all slices of it, mostly placed on a label. Values and
            gradients are those that the whole has there, for a fraction of the time. None teaches everywhere.
    """

    mode: Mode = "frozen"
    from_stage: int | None = Field(default=None, ge=0)
    lora_rank: int = Field(default=8, ge=1)
    lora_alpha: float = Field(default=16.0, gt=0)
    epochs: int = Field(default=50, ge=1)
    decoder_warmup_epochs: int = Field(default=0, ge=0)
    steps_per_epoch: int | None = Field(default=None, ge=1)
    batch_size: int = Field(default=1, ge=1)
    accumulate: int = Field(default=1, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=1e-5, ge=0)
    warmup_fraction: float = Field(default=0.1, ge=0, lt=1)
    layer_decay: float = Field(default=0.9, gt=0, le=1)
    dropout: float | None = Field(default=None, ge=0, lt=1)
    drop_path: float | None = Field(default=None, ge=0, lt=1)
    ema: float | None = Field(default=None, gt=0, lt=1)
    patience: int | None = Field(default=None, ge=1)
    sampling: Literal["uniform", "class_balanced", "quality_weighted"] = "uniform"
    quality_weights: QualityWeights = QualityWeights()
    patch: tuple[int, int, int] | None = None
    augment: bool = True
    views: int = Field(default=4, ge=1)
    window_mm: float | None = Field(default=48.0, gt=0)
    validate_every: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _partial_names_a_stage(self) -> Self:
        if (self.mode == "partial") != (self.from_stage is not None):
            raise ValueError("the mode partial, and no other, needs from_stage")
        return self

    @property
    def keeps_encoder(self) -> bool:
        """Whether the encoder's features of a picture stay the same for the whole run."""
        return self.mode in ("frozen", "probe")


class PretrainOptions(_Part):
    """How to pretrain an encoder as a masked autoencoder. Defaults are ProFound's recipe (arXiv 2603.03961).

    Attributes:
        start: `scratch` starts from random weights, `pretrained` goes on from those that the job's model names.
        steps_per_epoch: None shows as many cases an epoch as there are.
        betas: AdamW's.
        warmup_fraction: share of all steps in which the learning rate rises.
        mask_ratio: share of the patches that are hidden.
        mask_patch: voxels (x, y, z) of a patch; None takes 16 along each axis, less where few would fit.
        patch: voxels (x, y, z) of what is shown at once, on the model's grid; None takes the card's.
        decoder_width: channels of the decoder, which is thrown away afterwards.
        augment: flip left and right, and cut what is shown anywhere; else the middle is shown, as it is.
    """

    start: Literal["scratch", "pretrained"] = "scratch"
    epochs: int = Field(default=100, ge=1)
    steps_per_epoch: int | None = Field(default=None, ge=1)
    batch_size: int = Field(default=2, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=0.05, ge=0)
    betas: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]] = (0.9, 0.95)
    warmup_fraction: float = Field(default=0.05, ge=0, lt=1)
    mask_ratio: float = Field(default=0.6, gt=0, lt=1)
    mask_patch: tuple[PositiveInt, PositiveInt, PositiveInt] | None = None
    patch: tuple[PositiveInt, PositiveInt, PositiveInt] | None = None
    decoder_width: int = Field(default=512, ge=1)
    augment: bool = True
    validate_every: int = Field(default=1, ge=1)


class _Job(_Part):
    version: Literal[1] = 1
    output: Path
    """Folder that receives everything the job writes."""
    device: str = "auto"
    """`auto`, `cpu`, `cuda`, `cuda:1` or `mps`."""
    threads: int | None = Field(default=None, ge=1)
    precision: Precision = "auto"
    """`auto` takes what is faster on the device without changing results that matter; `fp16` needs a CUDA GPU."""
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


class PretrainJob(_Job):
    """Let the encoder of `model` guess hidden patches of `cases`, keep the epoch that guesses `hold_out` best.

    Cases need images alone; labels that they may have are not read.

    Attributes:
        hold_out: judged after each epoch and never learned from; without any, the training loss picks the epoch.
        resume: continue from `last.pt` in `output` when it is there.
    """

    kind: Literal["pretrain"] = "pretrain"
    model: ModelChoice
    cases: tuple[CaseFiles, ...]
    hold_out: tuple[CaseFiles, ...] = ()
    options: PretrainOptions = PretrainOptions()
    resume: bool = False


class PredictJob(_Job):
    """Masks (or answers) for cases.

    Attributes:
        ensemble: further models of the same task, whose probabilities are averaged with those of `model`.
        flips: average with the case mirrored left to right; not for a task whose sides differ.
        dropout_passes: average so many looks with the network's dropout left on; 0 means one look without.
        uncertainty: write a map of the predictive entropy of that average on the T2w's grid, 0 to ln(labels + 1).
        probabilities: write a map of each label's probability on the T2w's grid.
    """

    kind: Literal["predict"] = "predict"
    model: ModelChoice
    ensemble: tuple[ModelChoice, ...] = ()
    task: Task
    cases: tuple[CaseFiles, ...]
    flips: bool = False
    dropout_passes: int = Field(default=0, ge=0)
    uncertainty: bool = False
    probabilities: bool = False

    @property
    def models(self) -> tuple[ModelChoice, ...]:
        """`model` and the rest of the ensemble."""
        return (self.model, *self.ensemble)


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


Job = Annotated[FinetuneJob | PretrainJob | PredictJob | EvaluateJob | ServeJob, Field(discriminator="kind")]
JOB: TypeAdapter[FinetuneJob | PretrainJob | PredictJob | EvaluateJob | ServeJob] = TypeAdapter(Job)
