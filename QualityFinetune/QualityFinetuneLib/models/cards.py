"""Model cards: what a model is, where it comes from, under which licence, what it takes and gives."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ..cases.roles import Role


class WeightsSource(BaseModel):
    """Where the weights are found: inside an installed or unpacked package, in a file of the user's, or nowhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["package", "file", "none"]
    package: str | None = None
    version: str | None = None
    member: str | None = None
    """Path inside the package."""
    sha256: str | None = None
    how_to_get: str = ""
    """What to tell a user who has no weights yet."""


class ModelCard(BaseModel):
    """One entry of the registry, from `Resources/Models/<name>.yaml`. Read without torch.

    Attributes:
        inputs: roles in channel order; a channel that an exam lacks is filled with zeros.
        spacing_mm: (x, y, z) of the grid the network works on; None keeps the image's own.
        patch: voxels (x, y, z) of one forward pass.
        whole_volume: True where the network sees one centred crop, False for a sliding window.
        task: name of the task the pretrained weights solve, None for an encoder alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    title: str
    architecture: str
    source: str
    citation: str
    licence: str
    inputs: tuple[Role, ...] = Field(min_length=1)
    spacing_mm: tuple[float, float, float] | None
    patch: tuple[int, int, int]
    whole_volume: bool
    orientation: Literal["RAS", "LPS"]
    normalisation: Literal["zscore_nonzero"]
    task: str | None
    labels: tuple[str, ...] = ()
    parameters_m: float | None = None
    weights: WeightsSource
    limits: str = ""
    """What a clinician should know before trusting it."""
