"""Laws that hold for every degradation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.grid import same_grid
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.degradations.case import degrade_case
from QualityFinetuneLib.quality.degradations.kinds import KINDS
from QualityFinetuneLib.quality.degradations.phase_encoding import phase_encoding
from QualityFinetuneLib.quality.degradations.recipe import single

SEVERITIES = (0.1, 0.25, 0.4, 0.6, 0.8, 1.0)
ALL = list(KINDS)
STRUCTURAL = [kind for kind in ALL if Role.T2W in KINDS[kind].model_fields["roles"].default]


def acquired(kind: str, t2w: sitk.Image, diffusion: dict[float, sitk.Image]):
    """Images that a kind works on, as floats so that rounding hides nothing."""
    if kind in STRUCTURAL:
        return {Role.T2W: sitk.Cast(t2w, sitk.sitkFloat32)}
    return {Role.DWI: {b: sitk.Cast(image, sitk.sitkFloat32) for b, image in diffusion.items()}}


def voxels(case) -> np.ndarray:
    return np.stack([sitk.GetArrayFromImage(one.image) for one in case.images]).astype(float)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    error = np.mean((a - b) ** 2)
    return math.inf if error == 0 else 10 * math.log10(float(np.ptp(b)) ** 2 / error)


@pytest.mark.parametrize("kind", ALL)
def test_severity_zero_gives_back_the_very_same_images(kind, t2w, diffusion, adc, gland) -> None:
    images = {Role.T2W: t2w, Role.DWI: diffusion, Role.ADC: adc}
    case = degrade_case(images, single(kind, 0.0), gland=gland)
    given = [t2w, *diffusion.values(), adc]
    assert all(one.image is image for one, image in zip(case.images, given, strict=True))


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("seed", [0, 1])
def test_quality_falls_with_every_step_of_severity(kind, seed, t2w, diffusion, gland) -> None:
    images = acquired(kind, t2w, diffusion)
    clean = voxels(degrade_case(images, single(kind, 0.0)))
    found = [psnr(voxels(degrade_case(images, single(kind, s, seed=seed), gland=gland)), clean) for s in SEVERITIES]
    assert all(later < earlier for earlier, later in itertools.pairwise(found)), found


@pytest.mark.parametrize("kind", ALL)
def test_the_seed_decides(kind, t2w, diffusion, gland) -> None:
    images = acquired(kind, t2w, diffusion)
    one, again, other = (voxels(degrade_case(images, single(kind, 0.7, seed=s), gland=gland)) for s in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert KINDS[kind].draws == bool((one != other).any())


@pytest.mark.parametrize("kind", ALL)
def test_geometry_and_pixel_type_stay(kind, oriented) -> None:
    image = oriented((18.0, -6.0, 12.0), (True, False, True), crop=4)
    role = Role.T2W if kind in STRUCTURAL else Role.HBV
    case = degrade_case({role: image}, single(kind, 0.6))
    changed = case.image(role)
    assert changed.GetPixelID() == image.GetPixelID()
    assert same_grid(changed, image, tolerance_mm=1e-9)
    assert (sitk.GetArrayFromImage(changed) != sitk.GetArrayFromImage(image)).any()
    assert sitk.GetArrayFromImage(changed).min() >= 0


@pytest.mark.parametrize("kind", ALL)
def test_a_flipped_volume_is_degraded_in_the_same_place_of_the_patient(kind, t2w, gland) -> None:
    flips, order = (True, True, False), (1, 0, 2)
    role = Role.T2W if kind in STRUCTURAL else Role.HBV
    stored = sitk.PermuteAxes(sitk.Flip(t2w, flips), order)
    plain = degrade_case({role: t2w}, single(kind, 0.7, seed=2), gland=gland).image(role)
    other = degrade_case({role: stored}, single(kind, 0.7, seed=2), gland=gland).image(role)
    back = sitk.Flip(sitk.PermuteAxes(other, order), flips)
    assert same_grid(back, plain)
    np.testing.assert_allclose(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(plain), atol=1)


@pytest.mark.parametrize("kind", ALL)
def test_images_of_one_value_or_of_nothing_stay_numbers(kind) -> None:
    for value in (0.0, 7.0):
        image = sitk.GetImageFromArray(np.full((3, 16, 16), value, np.float32))
        role = Role.T2W if kind in STRUCTURAL else Role.HBV
        assert np.isfinite(voxels(degrade_case({role: image}, single(kind, 1.0)))).all()


@pytest.mark.parametrize("kind", ALL)
def test_every_kind_says_its_family_and_documents_itself(kind) -> None:
    cls = KINDS[kind]
    assert cls.family in {"motion", "noise", "resolution", "inhomogeneity", "interference", "distortion"}
    assert cls.__doc__
    assert single(kind, 0.5).steps[0].kind == kind


def test_directions_of_phase_encoding_are_unit_vectors() -> None:
    for direction in ("AP", "LR", "SI"):
        found = phase_encoding(stated=direction, headers={})
        assert np.linalg.norm(found.direction) == 1.0
