"""How to train: the options of `finetune` that say it, and what becomes of them."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from ..common.errors import ErrorCode, UserError
from ..engine.protocol.jobs import TrainOptions


class Sampling(Enum):
    """How often each case is shown; the same words as in jobs."""

    UNIFORM = "uniform"
    CLASS_BALANCED = "class_balanced"
    QUALITY_WEIGHTED = "quality_weighted"


class Precision(Enum):
    """Number format of the arithmetic; the same words as in jobs."""

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


_LEARNS = "What learns"
_PACE = "Pace"
_SHOWN = "What is shown"

FromStageOption = Annotated[
    int | None,
    typer.Option(min=0, help="With --mode partial: first stage of the encoder that learns.", rich_help_panel=_LEARNS),
]
LoraRankOption = Annotated[
    int, typer.Option(min=1, help="With --mode lora: rank of each correction.", rich_help_panel=_LEARNS)
]
DecoderWarmupOption = Annotated[
    int,
    typer.Option(
        "--decoder-warmup-epochs", min=0, help="Epochs before the encoder joins in.", rich_help_panel=_LEARNS
    ),
]
StepsPerEpochOption = Annotated[int | None, typer.Option(min=1, help="All cases once an epoch if left out.")]
TitleOption = Annotated[str | None, typer.Option(help="What to call the run.")]
ResumeOption = Annotated[int | None, typer.Option(help="Go on with this run; ignores other options.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show the cases it would use; train nothing.")]
DropoutOption = Annotated[
    float | None,
    typer.Option(
        "--dropout",
        help="Share of the encoder's features left out in training, e.g. 0.1; lets `predict --dropout` tell how "
        "unsure the model is.",
        rich_help_panel=_LEARNS,
    ),
]
DropPathOption = Annotated[
    float | None,
    typer.Option("--drop-path", help="Stochastic depth of ProFound's encoder, e.g. 0.1.", rich_help_panel=_LEARNS),
]
LayerDecayOption = Annotated[
    float, typer.Option(help="How much slower each stage learns than the one above.", rich_help_panel=_PACE)
]
AccumulateOption = Annotated[
    int, typer.Option(min=1, help="Batches for one step; like a larger batch in less memory.", rich_help_panel=_PACE)
]
EmaOption = Annotated[
    float | None,
    typer.Option("--ema", help="Decay of a running mean of the weights, e.g. 0.99.", rich_help_panel=_PACE),
]
PatienceOption = Annotated[
    int | None,
    typer.Option(min=1, help="Stop after so many epochs without a better value.", rich_help_panel=_PACE),
]
PrecisionOption = Annotated[
    Precision, typer.Option(help="auto takes the fastest that is safe on the device.", rich_help_panel=_PACE)
]
SamplingOption = Annotated[Sampling, typer.Option(help="Which cases are shown more often.", rich_help_panel=_SHOWN)]
WeightHighOption = Annotated[
    float, typer.Option(help="With --sampling quality_weighted; unrated counts 1.", rich_help_panel=_SHOWN)
]
WeightLowOption = Annotated[
    float, typer.Option(help="With --sampling quality_weighted; unrated counts 1.", rich_help_panel=_SHOWN)
]


def train_options(**values: Any) -> TrainOptions:
    """Options as the engine takes them.

    Raises:
        UserError: BAD_CONFIG naming the first option that cannot be.
    """
    try:
        return TrainOptions.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = "--" + "-".join(str(part) for part in first["loc"]).replace("_", "-") if first["loc"] else "--mode"
        given = first.get("input")
        shown = f" {given:g}" if isinstance(given, float | int) else ""
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what=f"The option {name}{shown} cannot be used.",
            why=f"{_sentence(first['msg'])}.",
            next="Correct it; quality-finetune finetune --help tells what each option takes.",
        ) from error


def _sentence(message: str) -> str:
    text = message.removeprefix("Value error, ").replace("Input should be greater than 0", "It must be larger than 0")
    return text[:1].upper() + text[1:]
