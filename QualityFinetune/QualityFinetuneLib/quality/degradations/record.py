"""What a degraded case was made from and how: enough to make it again, kept beside its images."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ...cases.roles import Role
from .recipe import Recipe


class SeriesRecord(BaseModel):
    """What was done to one series."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    role: Role
    changed: bool
    grid_changed: bool = False
    phase_encoding: Literal["header", "assumed"]
    """Who told the direction of phase encoding, for the steps that do not state it."""


class DegradationRecord(BaseModel):
    """The content of simulated.yaml in the folder of a degraded case."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    content: Literal["degraded"] = "degraded"
    notice: str = "Simulated degradation of real or simulated images: not for diagnosis."
    name: str
    source: str
    """Name of the case it was made from."""
    patient: str
    """Of the source: both cases belong to one patient, and to one side of every split."""
    source_simulated: bool = False
    recipe: Recipe
    series: tuple[SeriesRecord, ...]
    adc_b_values: tuple[float, ...] = ()
    """s/mm2 that ADC was fitted from again; empty where it did not change."""
    adc_from_synthetic_signals: bool = False
    gland_from_mask: bool
    software_version: str
