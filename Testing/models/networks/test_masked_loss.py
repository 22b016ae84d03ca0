"""Only hidden patches count, each in its own normalised values; which are hidden is a matter of ratio and chance."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.models.networks.masked_loss import (
    EPSILON,
    FEWEST_PATCHES,
    USUAL_PATCH,
    hidden_patches,
    masked_loss,
    patches,
    to_voxels,
    usual_patch,
)

PATCH = (2, 3, 4)
GRID = (3, 2, 2)
EXTENTS = tuple(side * count for side, count in zip(PATCH, GRID, strict=True))


def example(seed: int, *, exams: int = 2, channels: int = 2) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Guesses, images, and one half of the patches hidden in each exam."""
    random = np.random.default_rng(seed)
    guessed, images = (torch.from_numpy(random.normal(3, 5, (exams, channels, *EXTENTS))) for _ in range(2))
    hidden = np.stack([to_voxels(hidden_patches(GRID, 0.5, random), PATCH) for _ in range(exams)])
    return guessed.float(), images.float(), torch.from_numpy(hidden)[:, None].float()


def by_hand(guessed: np.ndarray, images: np.ndarray, hidden: np.ndarray) -> float:
    """The same with loops over patches, in double precision."""
    exams = []
    for guess, image, mask in zip(guessed, images, hidden, strict=True):
        errors = []
        for z, y, x in np.ndindex(*GRID):
            box = tuple(slice(place * side, (place + 1) * side) for place, side in zip((z, y, x), PATCH, strict=True))
            for channel in range(len(image)):
                voxels = image[channel][box].ravel()
                if mask[0][box].all() and np.var(voxels, ddof=1) > EPSILON:
                    target = (voxels - voxels.mean()) / np.sqrt(np.var(voxels, ddof=1) + EPSILON)
                    errors.append(np.mean((guess[channel][box].ravel() - target) ** 2))
        exams.append(np.mean(errors) if errors else 0.0)
    return float(np.mean(exams))


@pytest.mark.parametrize("seed", range(3))
def test_the_loss_is_that_of_an_independent_computation(seed: int) -> None:
    guessed, images, hidden = example(seed)
    expected = by_hand(guessed.double().numpy(), images.double().numpy(), hidden.numpy())
    assert masked_loss(guessed, images, hidden, PATCH).item() == pytest.approx(expected, rel=1e-5)


@given(seed=st.integers(0, 10_000))
def test_what_is_seen_never_counts(seed: int) -> None:
    guessed, images, hidden = example(seed)
    loss = masked_loss(guessed, images, hidden, PATCH)
    noise = torch.randn(guessed.shape, generator=torch.Generator().manual_seed(seed)) * 100
    seen = 1 - hidden
    assert masked_loss(guessed + noise * seen, images, hidden, PATCH) == loss
    assert masked_loss(guessed, images + noise * seen, hidden, PATCH) == loss
    assert masked_loss(guessed + noise * hidden, images, hidden, PATCH) > loss


@given(seed=st.integers(0, 10_000), gain=st.floats(0.1, 50), offset=st.floats(-100, 100))
def test_brightness_and_contrast_of_a_patch_do_not_count(seed: int, gain: float, offset: float) -> None:
    guessed, images, hidden = example(seed)
    assert masked_loss(guessed, gain * images + offset, hidden, PATCH).item() == pytest.approx(
        masked_loss(guessed, images, hidden, PATCH).item(), rel=2e-3
    )


def test_no_guess_costs_one_and_the_right_guess_nothing() -> None:
    _, images, hidden = example(5)
    voxels = np.prod(PATCH)
    assert masked_loss(torch.zeros_like(images), images, hidden, PATCH).item() == pytest.approx(1 - 1 / voxels)
    cut = patches(images, PATCH)
    variance, mean = torch.var_mean(cut, dim=-1, keepdim=True)
    right = ((cut - mean) / variance.sqrt()).unflatten(-1, PATCH).unflatten(2, GRID)
    right = right.permute(0, 1, 2, 5, 3, 6, 4, 7).reshape(images.shape)
    assert masked_loss(right, images, hidden, PATCH).item() < 1e-8


def test_patches_that_show_nothing_do_not_count() -> None:
    guessed, images, hidden = example(7)
    images[:, 1] = 0.0  # a series that the exams lack
    alone = masked_loss(guessed[:, :1], images[:, :1], hidden, PATCH)
    assert masked_loss(guessed, images, hidden, PATCH).item() == pytest.approx(alone.item(), rel=1e-6)
    assert masked_loss(guessed, images * 0, hidden, PATCH) == 0


def test_parts_of_a_batch_add_up_to_the_batch() -> None:
    guessed, images, hidden = example(9, exams=3)
    hidden[0] = 1.0
    each = [masked_loss(*(one[n : n + 1] for one in (guessed, images, hidden)), PATCH).item() for n in range(3)]
    assert masked_loss(guessed, images, hidden, PATCH).item() == pytest.approx(np.mean(each), rel=1e-6)


def test_patches_are_boxes_of_the_image() -> None:
    images = torch.arange(2 * np.prod(EXTENTS)).reshape(1, 2, *EXTENTS)
    cut = patches(images, PATCH)
    assert cut.shape == (1, 2, np.prod(GRID), np.prod(PATCH))
    number = np.ravel_multi_index((2, 0, 1), GRID)
    assert torch.equal(cut[0, 1, number].reshape(PATCH), images[0, 1, 4:6, 0:3, 4:8])


@given(
    grid=st.tuples(*[st.integers(1, 6)] * 3).filter(lambda grid: np.prod(grid) > 1),
    ratio=st.floats(0.01, 0.99),
    seed=st.integers(0, 1000),
)
def test_the_asked_share_is_hidden_never_none_or_all(grid: tuple[int, int, int], ratio: float, seed: int) -> None:
    hidden = hidden_patches(grid, ratio, np.random.default_rng(seed))
    count = int(np.prod(grid))
    assert hidden.shape == grid
    assert 1 <= hidden.sum() <= count - 1
    assert abs(hidden.sum() - ratio * count) <= 1
    assert np.array_equal(hidden, hidden_patches(grid, ratio, np.random.default_rng(seed)))


def test_every_patch_is_hidden_as_often() -> None:
    random = np.random.default_rng(0)
    share = np.mean([hidden_patches((2, 3, 4), 0.6, random) for _ in range(4000)], axis=0)
    assert np.abs(share - 14 / 24).max() < 0.04


def test_what_is_hidden_is_whole_patches() -> None:
    hidden = hidden_patches(GRID, 0.5, np.random.default_rng(1))
    voxels = to_voxels(hidden, PATCH)
    assert voxels.shape == EXTENTS
    cut = patches(torch.from_numpy(voxels)[None, None].float(), PATCH)[0, 0]
    assert torch.equal(cut.amin(-1), cut.amax(-1))
    assert np.array_equal(cut[:, 0].numpy().astype(bool), hidden.ravel())


@pytest.mark.parametrize(
    ("crop", "stride", "expected"),
    [
        ((64, 224, 224), (16, 16, 16), (16, 16, 16)),  # ProFound
        ((64, 256, 256), (16, 32, 32), (16, 32, 32)),  # its transformer: one token
        ((128, 128, 32), (8, 8, 8), (16, 16, 8)),  # taps_gland
        ((96, 96, 16), (8, 8, 8), (16, 16, 8)),
        ((72, 72, 24), (8, 8, 8), (8, 8, 8)),
    ],
)
def test_the_usual_patch_fits_network_and_crop(
    crop: tuple[int, ...], stride: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    assert usual_patch(crop, stride) == expected


@given(
    counts=st.tuples(*[st.integers(1, 12)] * 3),
    stride=st.tuples(*[st.sampled_from([1, 2, 4, 8, 16, 32])] * 3),
)
def test_the_usual_patch_is_whole_strides_and_divides_the_crop(
    counts: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    crop = [count * step for count, step in zip(counts, stride, strict=True)]
    for side, extent, step in zip(usual_patch(crop, stride), crop, stride, strict=True):
        assert side % step == 0
        assert extent % side == 0
        assert side == step or (side <= USUAL_PATCH and extent // side >= FEWEST_PATCHES)
