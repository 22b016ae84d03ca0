"""Signal that changes slowly across the body, as receive coils and the transmit field leave it."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray
from pydantic import Field

from ...cases.roles import Role
from .degradation import DIFFUSION, STRUCTURAL, Degradation
from .severity import amplitude
from .volume import Volume


class BiasField(Degradation):
    """Multiplication by a smooth positive field: the exponential of a polynomial of Legendre, as in MONAI.

    The field is scaled so that its range over the volume is `range_db` and its geometric mean is 1.
    """

    kind: Literal["bias"] = "bias"
    roles: tuple[Role, ...] = STRUCTURAL + DIFFUSION
    range_db: float = Field(ge=0.0, le=80.0)
    """From the darkest to the brightest place of the field."""
    degree: int = Field(default=3, ge=1, le=6)

    table: ClassVar = {"range_db": (0.0, 3.0, 7.0, 12.0, 20.0)}
    family: ClassVar[str] = "inhomogeneity"
    per_scan: ClassVar[bool] = True

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        field = legendre_field(volume.voxels.shape, _coefficients(rng, self.degree))
        field -= field.mean()
        span = float(field.max() - field.min())
        scaled = field / span * np.log(amplitude(self.range_db)) if span > 0.0 else field
        return volume.with_voxels(volume.voxels * np.exp(scaled))


def legendre_field(shape: tuple[int, ...], coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """A 3D Legendre polynomial on -1 to 1 along each axis; coefficients (degree+1, degree+1, degree+1)."""
    z, y, x = (np.linspace(-1.0, 1.0, n) for n in shape)
    return np.asarray(legendre.leggrid3d(z, y, x, coefficients), dtype=np.float64)


def _coefficients(rng: np.random.Generator, degree: int) -> NDArray[np.float64]:
    orders = np.indices((degree + 1,) * 3).sum(axis=0)
    drawn = rng.standard_normal(orders.shape) / (1.0 + orders)  # slow changes are stronger than fast ones
    drawn[(orders > degree) | (orders == 0)] = 0.0
    return drawn
