"""What every degradation is: physical parameters, a table that gives them for a severity, and what it does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ...cases.roles import Role
from .phase_encoding import PhaseDirection
from .severity import Row, Severity, at_severity
from .volume import Volume

STRUCTURAL = (Role.T2W, Role.T2W_SAG, Role.T2W_COR)
DIFFUSION = (Role.DWI, Role.HBV)
"""ADC is not among them: it is fitted again from the volumes that were degraded."""


class Degradation(BaseModel, ABC):
    """One simulated fault of an acquisition.

    Give a severity, or physical parameters, or both: a stated parameter is kept, the others follow the severity.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")

    kind: str
    severity: Severity | None = None
    """Where the parameters came from, 0 (unchanged) to 1; None where they are stated."""
    roles: tuple[Role, ...] = Field(min_length=1)
    """The series that it is done to, where the case has them."""
    phase_encoding: PhaseDirection | None = None
    """None follows the headers of each series, and front-back where they do not tell."""

    table: ClassVar[Mapping[str, Row]]
    """Parameter to its values at severity 0, 0.25, 0.5, 0.75 and 1; monotone."""
    family: ClassVar[str]
    """Artefacts of one family look alike; a study may hold one family out."""
    per_scan: ClassVar[bool] = False
    """The same draw for all volumes of one scan, such as all b-values: what the coil or the field does."""

    draws: ClassVar[bool] = True
    """Whether the seed matters."""

    @model_validator(mode="before")
    @classmethod
    def _filled_from_severity(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        severity = data.get("severity")
        if severity is None:
            if not set(cls.table) & set(data):
                names = ", ".join(cls.table)
                raise ValueError(f"give a severity from 0 to 1, or {names}")
            return {**_unchanged(cls.table), **data}
        if isinstance(severity, bool) or not isinstance(severity, int | float) or not 0.0 <= severity <= 1.0:
            return data  # the field's own check tells what is wrong
        return {**at_severity(cls.table, float(severity)), **data}

    @field_validator("roles")
    @classmethod
    def _signals_only(cls, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        if Role.ADC in roles:
            raise ValueError("adc follows from the diffusion volumes: name dwi, hbv or both")
        return roles

    @property
    def is_identity(self) -> bool:
        """Whether nothing at all is changed: every graded parameter is what it is at severity 0."""
        return all(getattr(self, name) == row[0] for name, row in self.table.items())

    def __call__(self, volume: Volume, rng: np.random.Generator) -> Volume:
        """`volume` degraded; the very same object where `is_identity`.

        Args:
            volume: voxels in the scanner's frame.
            rng: everything random comes from it; the same state gives the same voxels.
        """
        return volume if self.is_identity else self.degraded(volume, rng)

    @abstractmethod
    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        """What the degradation does when it is not the identity."""


def _unchanged(table: Mapping[str, Row]) -> dict[str, float]:
    return {name: row[0] for name, row in table.items()}


def one_a_slice(rng: np.random.Generator, slices: int) -> list[np.random.Generator]:
    """A generator for each slice, so that what happens to one slice does not depend on the others."""
    return list(rng.spawn(slices))
