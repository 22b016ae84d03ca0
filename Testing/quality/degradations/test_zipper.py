"""Zippers stand at one place of the frequency axis; spikes draw stripes of one spatial frequency."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.quality.degradations.zipper import Spikes, Zipper


def test_a_zipper_runs_along_phase_encoding_with_the_stated_level(make_volume) -> None:
    given = make_volume(np.zeros((5, 64, 64)), reference_signal=100.0)
    found = Zipper(level_db=0.0, count=1)(given, np.random.default_rng(3)).voxels
    power = (found**2).mean(axis=(0, 1))
    assert np.sqrt(power.sum()) == pytest.approx(100.0, rel=1e-6)  # all of it, wherever between two samples it lies
    place = int(power.argmax())
    near = power[max(0, place - 3) : place + 4].sum()
    assert near > 0.85 * power.sum()
    dashes = found[0, :, place]
    assert dashes.std() > 0.2 * dashes.mean()


def test_the_transmitter_keeps_its_place_from_slice_to_slice(make_volume) -> None:
    given = make_volume(np.zeros((5, 64, 64)), reference_signal=100.0)
    found = Zipper(level_db=0.0, count=1)(given, np.random.default_rng(3)).voxels
    assert len({int(plane.mean(axis=0).argmax()) for plane in found}) == 1


def test_a_spike_is_a_stripe_pattern_of_one_frequency_and_the_stated_amplitude(make_volume) -> None:
    given = make_volume(np.full((1, 48, 48), 1000.0), reference_signal=1000.0)
    stripes = Spikes(level_db=-26.0, count=1)(given, np.random.default_rng(1)).voxels[0] - 1000.0
    lines = np.abs(np.fft.fft2(stripes))
    strongest = np.argsort(lines.ravel())[::-1][:2]
    places = [np.array(np.unravel_index(n, lines.shape)) for n in strongest]
    np.testing.assert_array_equal((places[0] + places[1]) % 48, 0)  # a frequency and its mirror image
    assert np.ptp(stripes) / 2 == pytest.approx(1000.0 * 10 ** (-26 / 20), rel=0.02)


def test_stripes_are_those_of_monai_for_the_same_sample(make_volume) -> None:
    monai = pytest.importorskip("monai.transforms")
    rng = np.random.default_rng(1).spawn(1)[0]
    line, sample = int(rng.integers(48)), int(rng.integers(48))
    plane = np.full((1, 48, 48), 1000.0, dtype=np.float32)
    theirs = np.asarray(monai.KSpaceSpikeNoise(loc=(line, sample), k_intensity=11.0)(plane))[0] - 1000.0
    given = make_volume(plane, reference_signal=1000.0)
    ours = Spikes(level_db=-26.0, count=1)(given, np.random.default_rng(1)).voxels[0] - 1000.0
    a, b = (np.abs(np.fft.fft2(stripes)) for stripes in (ours, theirs))
    assert {np.argmax(a), np.argmax(np.roll(a[::-1, ::-1], (1, 1), (0, 1)))} == {
        np.argmax(b),
        np.argmax(np.roll(b[::-1, ::-1], (1, 1), (0, 1))),
    }
