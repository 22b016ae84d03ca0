"""What is written beside a finetuned model's weights: how to rebuild it and how it came to be. Knows no torch."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..cases.roles import Role
from ..cases.tasks import AnswerKind, Choice, Label, Quantity
from ..common.errors import ErrorCode, UserError
from ..common.version import __version__
from ..common.yaml_config import load_yaml
from .cards import BuildOptions, ModelCard, Postprocessing

WEIGHTS = "model.safetensors"
DESCRIPTION = "model.yaml"
Mode = Literal["full", "frozen", "probe", "partial", "lora", "scratch", "pretrain"]
"""How a model was trained; `pretrain` without labels."""
HEADER_KEY = "qualityfinetune"
"""Key of the description in the metadata of the weights file."""


class ModelMeta(BaseModel):
    """What `model.yaml` says: how to rebuild the network, what it takes and gives, how it came to be.

    Fields of the card keep the card's meaning; `weights_sha256` is filled in when the model is saved.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: Literal[1] = 1
    name: str
    card: str
    architecture: str
    outputs: int = Field(ge=1)
    in_channels: int = Field(ge=1)
    options: BuildOptions = {}
    predicts: Literal["segmentation", "classification", "encoder"] = "segmentation"
    """`encoder` is a pretrained encoder alone: it has no labels and answers nothing until it is finetuned."""
    task: str
    labels: tuple[Label, ...] = ()
    answer: AnswerKind = "segmentation"
    choices: tuple[Choice, ...] = ()
    values: tuple[Quantity, ...] = ()
    """What an answer about a whole exam may be, as in the task."""
    inputs: tuple[Role, ...] = Field(min_length=1)
    spacing_mm: tuple[float, float, float] | None
    patch: tuple[int, int, int]
    whole_volume: bool
    overlap: float = Field(default=0.5, ge=0, lt=1)
    orientation: Literal["RAS", "LPS"]
    axes: Literal["zyx", "xyz"] = "zyx"
    normalisation: Literal["zscore_nonzero"]
    crop_margin_voxels: int | None = Field(default=None, ge=0)
    postprocessing: Postprocessing = Postprocessing()
    mode: Mode
    trained_on: dict[str, int | float | str | bool | None] = {}
    """Facts of the training without identities: counts of cases by quality, epochs, seed, hash of the start."""
    simulated: bool = False
    software_version: str = __version__
    weights_sha256: str = ""

    @classmethod
    def from_card(
        cls,
        card: ModelCard,
        *,
        name: str,
        task: str,
        labels: tuple[Label, ...],
        outputs: int,
        mode: Mode,
        **changes: object,
    ) -> ModelMeta:
        """What a card says about grid and channels, together with what the run decides; `changes` override either."""
        shared = set(ModelCard.model_fields) & set(cls.model_fields) - {"name", "task", "labels", "outputs"}
        values: dict[str, object] = {field: getattr(card, field) for field in shared}
        values |= {"card": card.name, "in_channels": len(card.inputs)}
        values |= {"name": name, "task": task, "labels": labels, "outputs": outputs, "mode": mode}
        return cls.model_validate(values | changes)


def read_meta(folder: Path) -> ModelMeta:
    """The description alone.

    Raises:
        UserError: NO_WEIGHTS when the folder holds no model, BAD_CONFIG when its description is wrong.
    """
    description = folder / DESCRIPTION
    if description.is_file():
        return load_yaml(description, ModelMeta)
    if (folder / WEIGHTS).is_file():
        return described_in(folder / WEIGHTS)
    raise UserError(
        ErrorCode.NO_WEIGHTS,
        what=f"{folder.name} holds no model.",
        why=f"There is neither {DESCRIPTION} nor {WEIGHTS} in it.",
        next="Choose the folder of a finished run.",
    )


def described_in(path: Path) -> ModelMeta:
    """The description in the header of a safetensors file: its length in 8 bytes, then JSON."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(length, 100_000_000)))
        return ModelMeta.model_validate_json(header["__metadata__"][HEADER_KEY])
    except (OSError, struct.error, ValueError, LookupError, TypeError, ValidationError) as error:
        raise UserError(
            ErrorCode.WRONG_CHECKPOINT,
            what=f"{path.name} cannot be used as a finetuned model.",
            why="It carries no description of its network.",
            next="Load it as a checkpoint of a model from the registry instead.",
        ) from error
