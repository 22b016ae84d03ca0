"""Augmentation changes what should change and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from QualityFinetuneLib.engine.worker.augment import augmentation, augmented

SHAPE = (40, 36, 12)


@pytest.fixture(scope="module")
def versions() -> list[tuple[np.ndarray, np.ndarray]]:
    """Forty versions of an off-centre block whose image is its label."""
    label = np.zeros(SHAPE, dtype=np.uint8)
    label[6:18, 10:26, 4:8] = 2
    transform = augmentation("xyz")
    made = [augmented(transform, label[None].astype(np.float32), label, seed=seed) for seed in range(40)]
    return [(image[0].numpy(), found[0].numpy()) for image, found in made]


def test_shapes_types_and_label_values_stay(versions) -> None:
    for image, label in versions:
        assert image.shape == label.shape == SHAPE
        assert (image.dtype, label.dtype) == (np.float32, np.int64)
        assert set(np.unique(label)) <= {0, 2}


def test_image_and_label_move_together(versions) -> None:
    for image, label in versions:
        bright = image > (image.max() + image.min()) / 2
        overlap = 2 * (bright & (label == 2)).sum() / (bright.sum() + (label == 2).sum())
        assert overlap > 0.9


def test_slices_stay_where_they_are(versions) -> None:
    for _, label in versions:
        assert np.flatnonzero(label.any(axis=(0, 1))).tolist() == [4, 5, 6, 7]


def test_left_and_right_are_swapped_about_half_the_time(versions) -> None:
    flipped = [np.argwhere(label)[:, 0].mean() > SHAPE[0] / 2 for _, label in versions]
    assert 0.25 < np.mean(flipped) < 0.75


def test_no_version_is_turned_upside_down(versions) -> None:
    assert all(abs(np.argwhere(label)[:, 1].mean() - 17.5) < 12 for _, label in versions)


def test_the_other_order_of_axes_does_the_same() -> None:
    label = np.zeros(SHAPE[::-1], dtype=np.uint8)
    label[4:8, 10:26, 6:18] = 1
    transform = augmentation("zyx")
    for seed in range(10):
        _, found = augmented(transform, label[None].astype(np.float32), label, seed=seed)
        assert np.flatnonzero(found[0].numpy().any(axis=(1, 2))).tolist() == [4, 5, 6, 7]


def test_the_same_seed_gives_the_same_version() -> None:
    random = np.random.default_rng(0)
    image, label = random.normal(size=(2, *SHAPE)).astype(np.float32), np.ones(SHAPE, dtype=np.uint8)
    transform = augmentation("xyz")
    once, other, again = (augmented(transform, image, label, seed=seed)[0] for seed in (2**40, 2, 2**40))
    assert torch.equal(once, again) and not torch.equal(once, other)


def _corner(**options: bool) -> list[np.ndarray]:
    """A bright block off the middle, seen through twenty draws of the transform."""
    image = np.zeros((1, 64, 64, 4), dtype=np.float32)
    image[:, 12:22, 27:37] = 1.0
    transform = augmentation("xyz", **options)
    return [augmented(transform, image, None, seed=seed)[0].numpy() > 0.5 for seed in range(20)]


def test_a_sided_task_is_never_shown_mirrored() -> None:
    assert all(shown[:, :32].sum() > shown[:, 32:].sum() for shown in _corner(mirror=False))
    assert any(shown[:, :32].sum() < shown[:, 32:].sum() for shown in _corner())


def test_what_is_measured_keeps_its_size() -> None:
    kept = [int(shown.sum()) for shown in _corner(resize=False)]
    changed = [int(shown.sum()) for shown in _corner()]
    assert max(abs(size - 400) for size in kept) <= 0.08 * 400 < max(abs(size - 400) for size in changed)
