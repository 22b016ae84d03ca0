"""Motion: lines come from the positions of their time, the anatomy stays where the masks are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from QualityFinetuneLib.quality.degradations.motion import Course, Motion, draw_course
from QualityFinetuneLib.quality.degradations.truncation import Truncation


def course(seed: int = 0, **options: int) -> Course:
    return draw_course(
        np.random.default_rng(seed), **{"lines": 96, "events": 4, "echo_train_length": 16, "averages": 2, **options}
    )


@pytest.mark.parametrize("seed", range(5))
def test_every_line_is_acquired_once_and_the_mean_position_is_no_position(seed) -> None:
    found = course(seed)
    np.testing.assert_allclose(found.shares.sum(axis=0), 1.0)
    in_time = found.shares.mean(axis=1) @ found.positions
    np.testing.assert_allclose(in_time, 0.0, atol=1e-9)
    np.testing.assert_allclose(found.shares.mean(axis=1) @ found.positions**2, 1.0, atol=1e-9)


def test_lines_a_band_apart_share_an_echo_train() -> None:
    found = course(lines=96, echo_train_length=16, averages=1)
    shots = 6
    np.testing.assert_array_equal(found.shares[:, :-shots], found.shares[:, shots:])


def test_without_echo_trains_a_line_is_a_shot() -> None:
    found = course(lines=20, echo_train_length=1, averages=1, events=3)
    assert set(np.unique(found.shares)) <= {0.0, 1.0}
    states = found.shares.argmax(axis=0)
    assert (np.diff(states) >= 0).all()


def composed(plane, found: Course, shift_mm: float) -> np.ndarray:
    """The same by SciPy's Fourier shift and NumPy's transforms, line by line, as TorchIO composes its spectrum."""
    moved = [
        np.fft.fft2(np.fft.ifft2(ndimage.fourier_shift(np.fft.fft2(plane), position[:2] * shift_mm)))
        for position in found.positions
    ]
    lines = np.zeros(plane.shape, dtype=complex)
    for number in range(plane.shape[0]):
        stored = (number - plane.shape[0] // 2) % plane.shape[0]
        lines[stored] = sum(share * k[stored] for share, k in zip(found.shares[:, number], moved, strict=True))
    return np.abs(np.fft.ifft2(lines))


def test_shifts_agree_with_a_spectrum_composed_line_by_line(make_volume, blobs) -> None:
    given = make_volume(blobs)
    # Without the Nyquist line and sample, where a shift by parts of a pixel is not defined for real images.
    given = Truncation(phase_percent=95.0, frequency_percent=95.0)(given, np.random.default_rng(0))
    step = Motion(shift_mm=1.3, events=3, echo_train_length=8)
    found = step(given, np.random.default_rng(9)).voxels
    for index, rng in enumerate(np.random.default_rng(9).spawn(len(blobs))):
        drawn = draw_course(rng, lines=48, events=3, echo_train_length=8, averages=2)
        np.testing.assert_allclose(found[index], composed(given.voxels[index], drawn, 1.3), atol=0.02)


def test_the_body_stays_in_its_place(volume) -> None:
    moved = Motion(severity=0.75)(volume, np.random.default_rng(1)).voxels
    for axis in (1, 2):
        where = [
            np.average(np.arange(v.shape[axis]), weights=v.sum(axis=(0, 3 - axis))) for v in (volume.voxels, moved)
        ]
        assert where[1] == pytest.approx(where[0], abs=1.0)


def test_more_averages_leave_less_ghost_in_the_air(volume) -> None:
    air = volume.voxels == 0
    ghosts = [Motion(shift_mm=3.0, averages=n)(volume, np.random.default_rng(2)).voxels[air].mean() for n in (1, 8)]
    assert ghosts[1] < ghosts[0]
