"""One simulated pelvis: its parameters drawn from a seed, and the tissue at any point of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from .shapes import Ellipsoid, Points, gland_level


class Tissue(IntEnum):
    FAT = 0
    MUSCLE = 1
    MARROW = 2
    CORTEX = 3
    BLADDER = 4
    BLADDER_WALL = 5
    RECTAL_WALL = 6
    STOOL = 7
    GAS = 8
    SEMINAL_VESICLE = 9
    VESSEL = 10
    CAPSULE = 11
    PERIPHERAL_ZONE = 12
    TRANSITION_ZONE = 13
    SURGICAL_CAPSULE = 14
    FIBROMUSCULAR_STROMA = 15
    URETHRA = 16
    LESION = 17


@dataclass(frozen=True)
class Anatomy:
    """Parameters of one pelvis, all in patient mm around the middle of the gland.

    Attributes:
        nodules: hyperplastic nodules of the transition zone with a brightness factor each.
        lesions: suspicious lesions; clipped to the gland.
        gas_level: share of the rectal lumen, from the front, that holds gas.
    """

    gland_radii_mm: tuple[float, float, float]
    gland_lobes: tuple[float, float]
    transition_zone: Ellipsoid
    nodules: tuple[tuple[Ellipsoid, float], ...]
    lesions: tuple[Ellipsoid, ...]
    bladder: Ellipsoid
    rectum_radius_mm: float
    rectum_gap_mm: float
    gas_level: float

    def gland(self, points: Points) -> NDArray[np.float32]:
        """Level of the gland: below 1 inside."""
        return gland_level(points, center_mm=(0.0, 0.0, 0.0), radii_mm=self.gland_radii_mm, lobes=self.gland_lobes)

    @property
    def rectum_front_mm(self) -> float:
        """How far behind the centre of the gland the rectal wall begins."""
        return self.gland_radii_mm[1] / 1.18 + self.rectum_gap_mm

    def zones(self, points: Points) -> NDArray[np.uint8]:
        """0 outside the gland, 1 peripheral zone, 2 transition zone."""
        gland = self.gland(points) < 1.0
        transition = gland & (self.transition_zone.level(points) < 1.0)
        return (gland.astype(np.uint8) + transition).astype(np.uint8)

    def lesion(self, points: Points) -> NDArray[np.uint8]:
        """1 inside a lesion, 0 elsewhere."""
        found = np.zeros(points.x.shape, dtype=bool)
        for lesion in self.lesions:
            found |= lesion.level(points) < 1.0
        return (found & (self.gland(points) < 1.0)).astype(np.uint8)

    def tissues(self, points: Points) -> NDArray[np.uint8]:
        """The `Tissue` at each point; organs are painted from the background to the gland."""
        tissue = np.full(points.x.shape, Tissue.FAT, dtype=np.uint8)
        self._paint_walls(tissue, points)
        self._paint_bladder_and_vesicles(tissue, points)
        self._paint_rectum(tissue, points)
        self._paint_gland(tissue, points)
        return tissue

    def _paint_walls(self, tissue: NDArray[np.uint8], points: Points) -> None:
        side = np.abs(points.x)
        obturator = np.abs(side - 44.0 - 0.10 * points.z + 0.15 * points.y) < 7.0
        tissue[obturator & (points.y > -38.0) & (points.y < 34.0)] = Tissue.MUSCLE
        levator = np.abs(side - 30.0 - 0.12 * points.y + 0.25 * points.z) < 2.2
        tissue[levator & (points.y > -12.0) & (points.y < 34.0) & (points.z < 12.0)] = Tissue.MUSCLE
        gluteus = (points.y > 44.0 + 0.2 * side) & (side > 8.0)
        tissue[gluteus] = Tissue.MUSCLE
        for bone in (
            Ellipsoid((26.0, -42.0, -8.0), (23.0, 11.0, 24.0)),
            Ellipsoid((-26.0, -42.0, -8.0), (23.0, 11.0, 24.0)),
            Ellipsoid((67.0, -8.0, 4.0), (14.0, 26.0, 34.0)),
            Ellipsoid((-67.0, -8.0, 4.0), (14.0, 26.0, 34.0)),
            Ellipsoid((0.0, 66.0, 4.0), (16.0, 9.0, 40.0)),
        ):
            tissue[bone.level(points) < 1.0] = Tissue.CORTEX
            tissue[bone.grown(-2.0).level(points) < 1.0] = Tissue.MARROW

    def _paint_bladder_and_vesicles(self, tissue: NDArray[np.uint8], points: Points) -> None:
        _, depth, height = self.gland_radii_mm
        for sign in (-1.0, 1.0):
            for step in range(3):
                vesicle = Ellipsoid(
                    (sign * (6.0 + 7.0 * step), depth * 0.75, height + 3.0 + 1.5 * step), (5.5, 4.0, 4.5)
                )
                tissue[vesicle.level(points) < 1.0] = Tissue.SEMINAL_VESICLE
        tissue[self.bladder.grown(3.0).level(points) < 1.0] = Tissue.BLADDER_WALL
        tissue[self.bladder.level(points) < 1.0] = Tissue.BLADDER

    def _paint_rectum(self, tissue: NDArray[np.uint8], points: Points) -> None:
        radius = self.rectum_radius_mm
        middle = self.rectum_front_mm + radius - 0.12 * points.z
        across = (points.x - 1.5) ** 2 + (points.y - middle) ** 2
        tissue[across < radius**2] = Tissue.RECTAL_WALL
        lumen = across < (radius - 3.5) ** 2
        tissue[lumen] = Tissue.STOOL
        tissue[lumen & (points.y < middle + radius * (2.0 * self.gas_level - 1.0))] = Tissue.GAS

    def _paint_gland(self, tissue: NDArray[np.uint8], points: Points) -> None:
        width, depth, _ = self.gland_radii_mm
        for sign in (-1.0, 1.0):
            bundle = Ellipsoid((sign * width * 0.82, depth * 0.78, 0.0), (2.2, 2.2, 30.0))
            tissue[bundle.level(points) < 1.0] = Tissue.VESSEL
        level = self.gland(points)
        tissue[level < 1.0] = Tissue.CAPSULE
        inside = level < 0.90
        tissue[inside] = Tissue.PERIPHERAL_ZONE
        tissue[inside & (self.transition_zone.level(points) < 1.0)] = Tissue.SURGICAL_CAPSULE
        inner = inside & (self.transition_zone.grown(-1.4).level(points) < 1.0)
        tissue[inner] = Tissue.TRANSITION_ZONE
        stroma = Ellipsoid((0.0, -depth * 0.95, 0.0), (width * 0.42, depth * 0.35, 30.0))
        tissue[inside & (stroma.level(points) < 1.0)] = Tissue.FIBROMUSCULAR_STROMA
        urethra = (points.x**2 + (points.y + 0.12 * points.z) ** 2) < 2.6**2
        tissue[inside & urethra] = Tissue.URETHRA
        tissue[self.lesion(points) > 0] = Tissue.LESION


def draw_anatomy(rng: np.random.Generator) -> Anatomy:
    """A pelvis with a gland of about 25 to 70 ml, 0 to 2 lesions and a rectum that may hold gas."""
    hyperplasia = float(rng.uniform(0.0, 1.0))
    width = float(rng.uniform(22.0, 25.0)) + 4.5 * hyperplasia
    depth = float(rng.uniform(15.5, 17.5)) + 4.5 * hyperplasia
    height = float(rng.uniform(16.0, 18.0)) + 4.0 * hyperplasia
    share = 0.52 + 0.20 * hyperplasia
    transition = Ellipsoid(
        (float(rng.normal(0.0, 0.5)), -depth * 0.24, height * 0.16),
        (width * (share + 0.08), depth * share, height * (share + 0.10)),
    )
    return Anatomy(
        gland_radii_mm=(width, depth, height),
        gland_lobes=(float(rng.uniform(0.0, 0.035)), float(rng.uniform(0.0, 2 * np.pi))),
        transition_zone=transition,
        nodules=_draw_nodules(rng, transition, count=6 + round(10 * hyperplasia)),
        lesions=_draw_lesions(rng, width=width, depth=depth, height=height),
        bladder=Ellipsoid(
            (0.0, -depth * 0.5, height + float(rng.uniform(20.0, 24.0))),
            (float(rng.uniform(26.0, 34.0)), float(rng.uniform(20.0, 25.0)), float(rng.uniform(17.0, 21.0))),
        ),
        rectum_radius_mm=float(rng.uniform(13.0, 18.0)),
        rectum_gap_mm=float(rng.uniform(0.5, 2.0)),
        gas_level=float(rng.choice([0.0, 0.35, 0.6])),
    )


def _draw_nodules(
    rng: np.random.Generator, transition: Ellipsoid, *, count: int
) -> tuple[tuple[Ellipsoid, float], ...]:
    nodules = []
    for _ in range(count):
        offset = rng.uniform(-0.7, 0.7, 3) * np.array(transition.radii_mm)
        center = np.array(transition.center_mm) + offset
        radius = float(rng.uniform(2.0, 5.5))
        factor = float(rng.choice([0.55, 0.75, 1.35, 1.7]))
        nodules.append((Ellipsoid(tuple(center.tolist()), (radius, radius * 0.9, radius)), factor))
    return tuple(nodules)


def _draw_lesions(rng: np.random.Generator, *, width: float, depth: float, height: float) -> tuple[Ellipsoid, ...]:
    lesions = []
    for _ in range(int(rng.choice([0, 1, 1, 1, 2]))):
        radius = float(rng.uniform(4.0, 7.5))
        if rng.uniform() < 0.7:  # two of three cancers arise in the peripheral zone
            angle = float(rng.uniform(0.20, 0.80)) * np.pi
            center = (
                0.72 * width * np.cos(angle),
                0.62 * depth * np.sin(angle),
                float(rng.uniform(-0.4, 0.4)) * height,
            )
        else:
            center = (float(rng.uniform(-0.35, 0.35)) * width, -0.45 * depth, float(rng.uniform(-0.2, 0.4)) * height)
        lesions.append(Ellipsoid(center, (radius, radius * 0.75, radius)))
    return tuple(lesions)
