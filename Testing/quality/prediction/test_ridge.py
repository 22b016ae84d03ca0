from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.quality.prediction.ridge import STRENGTHS, apply, choose_strength, ensemble, folds, ridge


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray, list[str]]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    return x, x @ np.array([1.0, -2.0, 0.0]) + 5 + rng.normal(0, 0.1, 60), [f"P{i % 12}" for i in range(60)]


def test_the_solution_is_that_of_augmented_least_squares(data) -> None:
    x, y, _ = data
    strength = 7.0
    rows = np.vstack([np.column_stack([np.ones(60), x]), np.sqrt(strength) * np.eye(4)[1:]])
    expected, *_ = np.linalg.lstsq(rows, np.concatenate([y, np.zeros(3)]), rcond=None)
    found = ridge(x, y, strength=strength)
    np.testing.assert_allclose(found, expected)
    np.testing.assert_allclose(apply(found, x), np.column_stack([np.ones(60), x]) @ expected)


@given(st.lists(st.sampled_from("ABCDEFGHIJKLMNOP"), min_size=1, max_size=40), st.integers(0, 99))
def test_every_example_is_left_out_once_and_a_patient_as_a_whole(patients: list[str], seed: int) -> None:
    parts = list(folds(patients, seed=seed))
    np.testing.assert_array_equal(np.sum(parts, axis=0), np.ones(len(patients)))
    assert len(parts) == min(10, len(set(patients)))
    for part in parts:
        inside = {name for name, out in zip(patients, part, strict=True) if out}
        assert all(out == (name in inside) for name, out in zip(patients, part, strict=True))


def test_little_noise_asks_for_little_strength_and_pure_noise_for_much(data) -> None:
    x, y, patients = data
    assert choose_strength(x, y, patients, seed=0) == STRENGTHS[0]
    noise = np.random.default_rng(4).normal(size=60)
    assert choose_strength(x, noise, patients, seed=0) >= 10
    assert choose_strength(x, y, ["P"] * 60, seed=0) == STRENGTHS[-1]


def test_members_differ_and_a_seed_repeats_them(data) -> None:
    x, y, patients = data
    one, again, other = (ensemble(x, y, patients, strength=1.0, members=5, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert one.shape == (5, 4) and np.ptp(one[:, 1]) > 0 and not np.array_equal(one, other)
    assert apply(one, x).shape == (5, 60)
