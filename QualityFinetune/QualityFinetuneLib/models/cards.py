"""Model cards: what a model is, where it comes from, under which licence, what it takes and gives."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..cases.roles import Role
from ..common.known import Named, Title

_GIVEN_APART = ("architecture", "outputs", "in_channels")


def _only_options(options: dict[str, bool | int | float | str]) -> dict[str, bool | int | float | str]:
    for name in _GIVEN_APART:
        if name in options:
            raise ValueError(f"{name} is no option; it is stated apart")
    return options


BuildOptions = Annotated[dict[str, bool | int | float | str], AfterValidator(_only_options)]
"""What `models.build.build` takes beside architecture, outputs and channels."""


class WeightsSource(BaseModel):
    """Where the weights are found: inside an installed or unpacked package, in a file of the user's, or nowhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["package", "file", "none"]
    package: str | None = None
    version: str | None = None
    member: str | None = None
    """Path inside the package."""
    environment: str | None = None
    """Environment variable that may name a wheel, a folder it was unpacked into, or the member itself."""
    sha256: str | None = None
    how_to_get: str = ""
    """What to tell a user who has no weights yet."""


class Postprocessing(BaseModel):
    """How the network's output becomes a mask, in this order.

    Attributes:
        logit_blur_sigma_voxels: Gaussian blur of the logits on the network's own grid, same on each axis, edges
            repeated; 0 leaves them as they are.
        interpolated: what is brought back to the image's grid linearly: `probabilities`, or for a single-output
            network `logits`, which puts the border of thick slices elsewhere.
        threshold: probability above which a voxel of a single-output network is foreground.
        largest_component: True keeps the largest 26-connected component only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    logit_blur_sigma_voxels: float = Field(default=0.0, ge=0)
    interpolated: Literal["probabilities", "logits"] = "probabilities"
    threshold: float = Field(default=0.5, gt=0, lt=1)
    largest_component: bool = False


class ModelCard(Named):
    """One entry of the registry, from `Resources/Models/<name>.yaml` or a site's own file. Read without torch.

    A network with one output is read with a sigmoid, one with several with a softmax whose index 0 is background.

    Attributes:
        inputs: roles in channel order; a channel that an exam lacks is filled with zeros.
        spacing_mm: (x, y, z) of the grid the network works on; None keeps the image's own.
        patch: voxels (x, y, z) of one forward pass.
        whole_volume: True where the network sees one centred crop, False for a sliding window.
        overlap: share by which neighbouring windows overlap, blended by Gaussian weights.
        orientation: where the three image axes point on the network's grid.
        axes: order of the spatial axes in the network's tensors: `zyx` is (D, H, W) as SimpleITK gives arrays,
            `xyz` is (W, H, D) as NIfTI readers give them.
        crop_margin_voxels: before prediction crop to the voxels above zero after normalisation and this margin on
            each side; None does not crop.
        task: name of the task the pretrained weights solve, None for an encoder alone.
        outputs: channels of the pretrained output, None where there is none.
        options: what else `models.build.build` needs to make the network that the weights fit.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: Title
    architecture: str
    predicts: Literal["segmentation", "classification"] = "segmentation"
    source: str
    citation: str
    licence: str
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
    task: str | None
    labels: tuple[str, ...] = ()
    outputs: int | None = Field(default=None, ge=1)
    options: BuildOptions = {}
    parameters_m: float | None = None
    weights: WeightsSource
    limits: str = ""
    """What a clinician should know before trusting it."""


def outputs_for(label_count: int) -> int:
    """Output channels for a task: one (sigmoid) for a single label, else one a label and one for background."""
    return 1 if label_count == 1 else label_count + 1
