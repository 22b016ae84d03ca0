"""The recipe of one simulated exam: everything needed to make it again, kept beside its files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ...common.yaml_config import load_yaml

RECIPE_FILE = "simulated.yaml"


class SimulatedRecipe(BaseModel):
    """How one exam was simulated.

    `severity` runs from 0 (as good as it gets) to 1 (hardly readable); `quality` is the level that was asked for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    content: Literal["simulated"] = "simulated"
    notice: str = "Simulated images: not of a patient, not for diagnosis."
    patient: str
    seed: int
    quality: Literal["high", "low"]
    severity: float = Field(ge=0.0, le=1.0)
    t2w_slice_thickness_mm: float
    t2w_snr: float
    t2w_motion_mm: float
    t2w_resolution_share: float
    diffusion_snr: float
    diffusion_distortion_mm: float
    gland_volume_ml: float = 0.0
    lesions: int = 0
    software_version: str


class _Content(BaseModel):
    """Which kind of recipe the file holds; a degraded exam keeps another kind under the same name."""

    model_config = ConfigDict(extra="ignore")
    content: str = "simulated"


def load_recipe(case_folder: Path) -> SimulatedRecipe | None:
    """The recipe beside an exam's files, or None where it was not simulated from nothing, as a degraded exam."""
    path = case_folder / RECIPE_FILE
    if not path.is_file() or load_yaml(path, _Content).content == "degraded":
        return None
    return load_yaml(path, SimulatedRecipe)


def draw_recipe(
    *, patient: str, seed: int, quality: Literal["high", "low"], severity: float, spacing_z_mm: float, version: str
) -> SimulatedRecipe:
    """Translate one severity into scanner settings: all of them worsen with it, slices thicken past 0.75."""
    return SimulatedRecipe(
        patient=patient,
        seed=seed,
        quality=quality,
        severity=round(severity, 3),
        t2w_slice_thickness_mm=spacing_z_mm * (1.5 if severity > 0.75 else 1.0),
        t2w_snr=round(32.0 - 24.0 * severity, 2),
        t2w_motion_mm=round(2.2 * max(0.0, severity - 0.2), 2),
        t2w_resolution_share=round(1.0 - 0.45 * severity, 3),
        diffusion_snr=round(26.0 - 20.0 * severity, 2),
        diffusion_distortion_mm=round(1.0 + 9.0 * severity, 2),
        software_version=version,
    )
