"""What each tissue looks like on T2w, ADC and high-b DWI, before any scanner effect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..roles import Role
from .anatomy import Anatomy, Tissue
from .shapes import Points

SIMULATED_B_VALUE = 1400.0
"""s/mm2 of the simulated high-b volume."""

# Brightness on T2w (arbitrary units), proton signal without diffusion weighting under fat suppression, and ADC in
# 1e-6 mm2/s; chosen to order the tissues as radiologists know them, not measured.
_APPEARANCE: dict[Tissue, tuple[float, float, float]] = {
    Tissue.FAT: (600.0, 30.0, 250.0),
    Tissue.MUSCLE: (130.0, 180.0, 1300.0),
    Tissue.MARROW: (400.0, 35.0, 400.0),
    Tissue.CORTEX: (40.0, 15.0, 200.0),
    Tissue.BLADDER: (950.0, 900.0, 2900.0),
    Tissue.BLADDER_WALL: (180.0, 250.0, 1500.0),
    Tissue.RECTAL_WALL: (290.0, 380.0, 1400.0),
    Tissue.STOOL: (420.0, 350.0, 1500.0),
    Tissue.GAS: (12.0, 5.0, 100.0),
    Tissue.SEMINAL_VESICLE: (780.0, 700.0, 1900.0),
    Tissue.VESSEL: (180.0, 200.0, 1500.0),
    Tissue.CAPSULE: (170.0, 350.0, 1400.0),
    Tissue.PERIPHERAL_ZONE: (720.0, 700.0, 1750.0),
    Tissue.TRANSITION_ZONE: (370.0, 480.0, 1350.0),
    Tissue.SURGICAL_CAPSULE: (190.0, 380.0, 1250.0),
    Tissue.FIBROMUSCULAR_STROMA: (130.0, 250.0, 1100.0),
    Tissue.URETHRA: (560.0, 500.0, 1600.0),
    Tissue.LESION: (230.0, 640.0, 720.0),
}
_TABLE = np.array([_APPEARANCE[tissue] for tissue in Tissue], dtype=np.float32)


def ideal(anatomy: Anatomy, points: Points, role: Role, rng: np.random.Generator) -> NDArray[np.float32]:
    """The noise-free volume of `role` at `points`, with the texture that real tissue has.

    Returns:
        float32 of the points' shape; T2w and high b in arbitrary units, ADC in 1e-6 mm2/s.
    """
    tissue = anatomy.tissues(points)
    t2w, proton, adc = (_TABLE[:, column][tissue] for column in range(3))
    factor = _nodule_factor(anatomy, points, tissue)
    texture = _texture(tissue, rng)
    adc = adc * (1.0 + 0.35 * (factor - 1.0)) * (1.0 + 0.5 * texture)
    if role is Role.ADC:
        return adc.astype(np.float32)
    if role is Role.HBV:
        return (proton * np.exp(-SIMULATED_B_VALUE * 1e-6 * adc)).astype(np.float32)
    return (t2w * factor * (1.0 + texture)).astype(np.float32)


def _nodule_factor(anatomy: Anatomy, points: Points, tissue: NDArray[np.uint8]) -> NDArray[np.float32]:
    factor = np.ones(tissue.shape, dtype=np.float32)
    zone = tissue == Tissue.TRANSITION_ZONE
    here = points.where(zone)
    inner = np.ones(here.x.shape, dtype=np.float32)
    for nodule, brightness in anatomy.nodules:
        level = nodule.level(here)
        inner[level < 1.0] = brightness
        inner[(level >= 0.75) & (level < 1.0)] = 0.5  # the dark rim of an encapsulated nodule
    factor[zone] = inner
    return factor


def _texture(tissue: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    fine = ndimage.gaussian_filter(rng.standard_normal(tissue.shape, dtype=np.float32), 1.0)
    coarse = ndimage.gaussian_filter(rng.standard_normal(tissue.shape, dtype=np.float32), 2.5)
    texture = fine / (fine.std() + 1e-6) * 0.06 + coarse / (coarse.std() + 1e-6) * 0.05
    texture[tissue == Tissue.BLADDER] *= 0.2
    texture[tissue == Tissue.TRANSITION_ZONE] *= 1.6
    return texture.astype(np.float32)
