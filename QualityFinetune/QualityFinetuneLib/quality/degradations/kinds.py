"""All degradations by name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .bias_field import BiasField
from .coil_flare import CoilFlare
from .degradation import Degradation
from .eddy_currents import EddyCurrents
from .epi_distortion import EpiDistortion
from .ghosting import Ghosting
from .high_b_noise import HighBNoise
from .local_motion import LocalMotion
from .motion import Motion
from .noise import AdcNoise, Noise
from .nyquist_ghost import NyquistGhost
from .thick_slices import ThickSlices
from .truncation import Truncation
from .zipper import Spikes, Zipper

Step = Annotated[
    Motion
    | LocalMotion
    | Ghosting
    | Noise
    | Truncation
    | ThickSlices
    | BiasField
    | CoilFlare
    | Zipper
    | Spikes
    | EpiDistortion
    | NyquistGhost
    | EddyCurrents
    | AdcNoise
    | HighBNoise,
    Field(discriminator="kind"),
]
"""One step of a recipe; `kind` tells which."""

_CLASSES: tuple[type[Degradation], ...] = (
    Motion,
    LocalMotion,
    Ghosting,
    Noise,
    Truncation,
    ThickSlices,
    BiasField,
    CoilFlare,
    Zipper,
    Spikes,
    EpiDistortion,
    NyquistGhost,
    EddyCurrents,
    AdcNoise,
    HighBNoise,
)

KINDS: dict[str, type[Degradation]] = {cls.model_fields["kind"].default: cls for cls in _CLASSES}
"""Name of a degradation to its class, in the order of the documentation."""
