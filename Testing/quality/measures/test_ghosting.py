"""Ghosts are seen by their energy, where they are, with and without air around the body."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from fixtures.measure_phantom import SPACING_MM, Truth, ghosted, image_of, rician
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.measures import flagged, ghosting, measure
from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

Series = Callable[..., MeasuredSeries]
Image = Callable[..., sitk.Image]
AMPLITUDES = (0.0, 0.15, 0.3, 0.5)


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("shift_mm", [25.2, 35.0])
def test_a_stronger_ghost_has_more_energy(series: Series, phantom: Image, axis: int, shift_mm: float) -> None:
    found = [ghosting.ghost_energy(series(phantom(ghosted(a, shift_mm, axis)))) for a in AMPLITUDES]
    assert found == sorted(found) and found[-1] > 3 * found[0]


def test_the_energy_is_that_of_the_copy(series: Series) -> None:
    """Of white texture, whose spectrum hides nothing: (amplitude times overlap under the window) squared."""
    texture = np.random.default_rng(0).normal(0, 1, (6, 128, 128))
    copied = texture + 0.3 * np.roll(texture, 44, axis=2)
    one = series(image_of(copied), phase_encoding="ROW")
    window = np.hanning(128)
    overlap = np.dot(window[44:], window[:-44]) / np.dot(window, window)
    assert ghosting.ghost_energy(one) == pytest.approx(100 * (0.3 * overlap) ** 2, rel=0.2)


@pytest.mark.parametrize("shape", [(6, 128, 128), (3, 90, 200)])
def test_noise_alone_has_no_ghosts(series: Series, shape: tuple[int, int, int]) -> None:
    """Whatever the number of lines: what chance gives is taken off."""
    found = [
        ghosting.ghost_energy(
            series(image_of(np.random.default_rng(seed).normal(0, 1, shape)), phase_encoding="ROW", gland_image=None)
        )
        for seed in range(8)
    ]
    assert np.mean(found) == pytest.approx(0, abs=0.12)


@pytest.mark.parametrize("axis", [1, 2])
def test_coarse_ghosts_rise_with_those_of_large_structures(series: Series, phantom: Image, axis: int) -> None:
    known = {1: "COL", 2: "ROW"}[axis]
    images = [sitk.Image(phantom(ghosted(a, 28.0, axis))) for a in AMPLITUDES]
    for image in images:
        image.SetSpacing((1.2, 1.2, 3.0))
    found = [ghosting.coarse_ghosts(series(image, phase_encoding=known)) for image in images]
    assert found == sorted(found) and found[-1] - found[0] > 3


def test_where_the_direction_is_known_the_other_one_is_not_looked_at(series: Series, phantom: Image) -> None:
    image = phantom(ghosted(0.3, axis=2))
    along, across = (ghosting.ghost_energy(series(image, phase_encoding=known)) for known in ("ROW", "COL"))
    assert along > 2 * across
    assert ghosting.ghost_energy(series(image)) == along


def test_no_air_is_needed(series: Series) -> None:
    texture = np.random.default_rng(0).normal(0, 20, (6, 128, 128)) + 300
    found = [ghosting.ghost_energy(series(image_of(texture + a * np.roll(texture - 300, 40, 1)))) for a in AMPLITUDES]
    assert found == sorted(found)


def test_smear_along_phase_encoding_is_told_from_smear_across(series: Series, truth: Truth) -> None:
    """Lines of k-space with random errors leave streaks along that direction only."""
    rng = np.random.default_rng(0)
    weights = 1 + 0.5 * rng.normal(size=128)
    weights[:6] = weights[-6:] = 1  # the centre of k-space, in the order of the transform
    spoilt = np.abs(np.fft.ifft(np.fft.fft(truth[0], axis=2) * weights, axis=2))
    ratio = {
        known: [
            ghosting.ghost_streaks(series(image_of(rician(values, 2)), phase_encoding=known))
            for values in (truth[0], spoilt)
        ]
        for known in ("ROW", "COL", None)
    }
    assert ratio["ROW"][1] > 1.2 * ratio["ROW"][0]
    assert ratio["COL"][1] < ratio["COL"][0]
    assert ratio[None][1] == max(ratio["ROW"][1], ratio["COL"][1])


def test_small_or_coarse_images_have_a_reason(series: Series) -> None:
    rng = np.random.default_rng(0)
    small = series(image_of(rng.random((3, 20, 20))))
    for which in (ghosting.ghost_energy, ghosting.coarse_ghosts, ghosting.ghost_streaks):
        with pytest.raises(Undefined, match="too small"):
            which(small)
    with pytest.raises(Undefined, match="too coarse"):
        ghosting.ghost_streaks(series(image_of(rng.random((3, 90, 90)), (2.0, 2.0, 3.0))))
    with pytest.raises(Undefined, match="too small"):
        ghosting.ghost_energy(series(image_of(rng.random((3, 12, 90)), (1.0, 1.0, 3.0)), phase_encoding="COL"))
    with pytest.raises(Undefined, match="too small"):
        ghosting.coarse_ghosts(series(image_of(rng.random((3, 90, 90)), (1.0, 1.0, 3.0))))
    with pytest.raises(Undefined, match="too small"):
        ghosting.ghost_energy(series(image_of(rng.random((3, 90, 4)), (1.0, 1.0, 3.0)), phase_encoding="COL"))


def test_without_a_gland_the_middle_of_the_image_is_taken(series: Series) -> None:
    assert ghosting.ghost_streaks(series(gland_image=None)) > 0
    assert SPACING_MM[0] < 0.71  # fine enough for streaks


@pytest.mark.real_data
def test_motion_leaves_streaks_along_phase_encoding_in_the_real_pair(real_pair: dict[str, sitk.Image]) -> None:
    for known in ("ROW", None):
        good, moved = (
            measure(
                real_pair[key], gland=real_pair["gland"], role=Role.T2W, phase_encoding=known, only=["ghost_streaks"]
            )["ghost_streaks"].value
            for key in ("good", "moved")
        )
        assert moved > 1.3 * good


@pytest.mark.real_data
def test_the_moved_exam_of_the_real_pair_has_more_ghosts(real_pair: dict[str, sitk.Image]) -> None:
    names = ("ghost_energy", "coarse_ghosts")
    for known in ("ROW", None):
        good, moved = (
            measure(real_pair[key], gland=real_pair["gland"], role=Role.T2W, phase_encoding=known, only=names)
            for key in ("good", "moved")
        )
        assert all(moved[name].value > good[name].value for name in names)
        assert good["ghost_energy"].value < 0.03 < 0.06 < moved["ghost_energy"].value


@pytest.mark.real_data
def test_the_exam_with_strong_ghosting_stands_out_among_those_of_its_protocol(prostate_mini: Path) -> None:
    cohort = {}
    for name in (f"MIP-PROSTATE-01-000{number}" for number in range(1, 9)):
        t2w, gland = (
            sitk.ReadImage(str(prostate_mini / "cases" / name / f"{one}.nii.gz")) for one in ("t2w", "gland_taps")
        )
        cohort[name] = measure(t2w, gland=gland, role=Role.T2W, phase_encoding="ROW", only=["ghost_energy"])
    found = flagged(cohort, "ghost_energy")
    # 0005 shows interference stripes that repeat, which are copies as well.
    assert sorted(found, key=found.__getitem__) == ["MIP-PROSTATE-01-0005", "MIP-PROSTATE-01-0007"]
    assert found["MIP-PROSTATE-01-0007"] > 10
