"""Degrade the images of a case by a recipe, and keep a record that lets anyone do it again."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk

from ...cases.grid import same_grid
from ...cases.roles import Role
from ...common.errors import ErrorCode, UserError
from ...common.version import __version__
from .degradation import DIFFUSION
from .diffusion import DiffusionResult, degrade_diffusion
from .landmarks import Landmarks, landmarks_of
from .phase_encoding import PhaseDirection, PhaseEncoding, phase_encoding
from .recipe import Recipe
from .record import DegradationRecord, SeriesRecord
from .series import CaseImage, Images, case_images
from .volume import Volume, bright_signal, image_of, volume_of

SCAN = (*DIFFUSION, Role.ADC)
"""The roles that come from the diffusion scan."""

PREFIX = "Simulated "
"""The name of a degraded case begins with it, everywhere."""


@dataclass(frozen=True, kw_only=True)
class DegradedCase:
    """The images of a degraded case, in the order given; always simulated."""

    name: str
    images: tuple[CaseImage, ...]
    record: DegradationRecord

    @property
    def simulated(self) -> bool:
        """Always: even where its source is a real exam."""
        return True

    def image(self, role: Role, *, b_value: float | None = None) -> sitk.Image:
        """The image of a role, for diffusion that of a b-value.

        Raises:
            KeyError: when the case has none.
        """
        for one in self.images:
            if one.role is role and b_value in (None, one.b_value):
                return one.image
        raise KeyError(role)


def degrade_case(
    images: Images | Sequence[CaseImage],
    recipe: Recipe,
    *,
    gland: sitk.Image | None = None,
    name: str = "case",
    patient: str = "",
    source_simulated: bool = False,
) -> DegradedCase:
    """The images of one case after all steps of `recipe`.

    Images that no step touches come back as the same objects. Geometry, pixel type and masks stay, unless a step of
    thick slices asks for its own grid. ADC and calculated b-values follow from the degraded acquired ones.

    Args:
        images: role to image (diffusion: role to b-value to image), or a list that also tells headers.
        recipe: what to do.
        gland: a mask on any grid; tells where gland and rectum are. Without it the middle of the T2w is assumed.
        name: of the source case; the degraded one is called `Simulated <name>`.
        patient: key of the source's patient.
        source_simulated: whether the source is simulated itself.

    Raises:
        UserError: MISSING_SERIES without images, BAD_VALUES or BAD_GEOMETRY for images that cannot be degraded.
    """
    given = case_images(images)
    if not given:
        raise UserError(
            ErrorCode.MISSING_SERIES,
            what=f"{name} was not degraded.",
            why="It has no images.",
            next="Choose a case with at least one series.",
        )
    reference = next((one.image for one in given if one.role is Role.T2W), given[0].image)
    work = _Work(recipe, landmarks_of(reference, gland))
    scan = [one for one in given if one.role in SCAN]
    diffusion = work.diffusion(scan) if scan else DiffusionResult(images=())
    after = iter(diffusion.images)
    done = tuple(next(after) if one.role in SCAN else work.structural(one) for one in given)
    marked = tuple(_marked(old, new, recipe) for old, new in zip(given, done, strict=True))
    full_name = name if name.startswith(PREFIX) else PREFIX + name
    record = DegradationRecord(
        name=full_name,
        source=name,
        patient=patient,
        source_simulated=source_simulated,
        recipe=recipe,
        series=tuple(_recorded(old, new, scan) for old, new in zip(given, done, strict=True)),
        adc_b_values=diffusion.b_values,
        adc_from_synthetic_signals=diffusion.synthetic,
        gland_from_mask=work.landmarks.from_mask,
        software_version=__version__,
    )
    return DegradedCase(name=full_name, images=marked, record=record)


class _Work:
    """One recipe on its way through one case."""

    def __init__(self, recipe: Recipe, landmarks: Landmarks) -> None:
        self.recipe = recipe
        self.landmarks = landmarks

    def structural(self, one: CaseImage) -> CaseImage:
        """A series that is degraded by itself."""
        volume = volume_of(one.image, landmarks=self.landmarks, encoding=_encoding(None, (one,)), role=one.role)
        after = self._steps(volume, one.name, scan=one.name, told_by=(one,))
        return one if after is volume else replace(one, image=image_of(after, one.image))

    def diffusion(self, scan: Sequence[CaseImage]) -> DiffusionResult:
        """All volumes of the diffusion scan, and what is computed from them."""
        lowest = min(scan, key=lambda one: (one.role is not Role.DWI, one.b_value or 0.0))
        reference = bright_signal(sitk.GetArrayViewFromImage(lowest.image))
        highest = max((one.b_value for one in scan if one.b_value is not None and not one.calculated), default=None)

        def make(image: sitk.Image, role: Role, b_value: float | None) -> Volume:
            return volume_of(
                image,
                landmarks=self.landmarks,
                encoding=_encoding(None, scan),
                role=role,
                b_value=b_value,
                highest_b=highest,
                reference_signal=reference,
            )

        def degrade(volume: Volume, name: str) -> Volume:
            return self._steps(volume, name, scan="diffusion", told_by=scan)

        return degrade_diffusion(scan, make=make, degrade=degrade)

    def _steps(self, volume: Volume, name: str, *, scan: str, told_by: Sequence[CaseImage]) -> Volume:
        before = _encoding(None, told_by)
        for number, step in enumerate(self.recipe.steps):
            if volume.role not in step.roles or step.is_identity:
                continue
            key = scan if step.per_scan else name
            rng = np.random.default_rng([self.recipe.seed, number, zlib.crc32(key.encode())])
            given = volume.phase_encoded(_encoding(step.phase_encoding, told_by))
            after = step(given, rng)
            if after is not given:
                volume = after.phase_encoded(before)
        return volume


def _encoding(stated: PhaseDirection | None, told_by: Sequence[CaseImage]) -> PhaseEncoding:
    """The recipe's word, else that of the first series whose headers tell."""
    candidates = [phase_encoding(stated=stated, headers=one.headers) for one in told_by]
    return next((one for one in candidates if one.source != "assumed"), candidates[0])


def _recorded(old: CaseImage, new: CaseImage, scan: Sequence[CaseImage]) -> SeriesRecord:
    told_by = scan if old.role in SCAN else (old,)
    return SeriesRecord(
        name=old.name,
        role=old.role,
        changed=new is not old,
        grid_changed=not same_grid(old.image, new.image),
        phase_encoding="header" if _encoding(None, told_by).source == "header" else "assumed",
    )


def _marked(old: CaseImage, new: CaseImage, recipe: Recipe) -> CaseImage:
    """Images that were changed say in their own header that they are simulated."""
    if new is old:
        return old
    new.image.SetMetaData("simulated", "true")
    new.image.SetMetaData("content", f"simulated degradation {recipe.name}, seed {recipe.seed}")
    return new
