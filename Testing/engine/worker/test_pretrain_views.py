"""Views of a masked autoencoder: named, cropped anywhere, flipped left to right alone, whole patches hidden."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from QualityFinetuneLib.cases.grid import Geometry
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles
from QualityFinetuneLib.engine.worker.patches import Shown
from QualityFinetuneLib.engine.worker.preparing import Prepared
from QualityFinetuneLib.engine.worker.pretrain_views import MaskedViews, crop

GEOMETRY = Geometry(
    size=(1, 1, 1), spacing_mm=(1.0, 1.0, 1.0), origin_mm=(0.0, 0.0, 0.0), direction=tuple(np.eye(3).ravel())
)
IMAGE = np.arange(2 * 10 * 8 * 6, dtype=np.float32).reshape(2, 10, 8, 6)


def case(axes: str = "xyz") -> Prepared:
    return Prepared(
        case=CaseFiles(id="a"), image=IMAGE, label=None, truth=None, grid=GEOMETRY, t2w=GEOMETRY, axes=axes
    )


def view(*words: int, axes: str = "xyz", augment: bool = True, patch: tuple[int, int, int] = (8, 4, 4)) -> np.ndarray:
    views = MaskedViews([case(axes)], mask_patch=(4, 2, 2), mask_ratio=0.5, augment=augment)
    found = views.get(Shown(case=0, words=words), patch)
    sample, target = found.image, found.target
    assert sample is target
    assert sample.dtype == torch.float32
    return sample.numpy()


def test_the_same_words_give_the_same_view_and_others_another() -> None:
    assert np.array_equal(view(1, 2), view(1, 2))
    assert not np.array_equal(view(1, 2), view(1, 3))


@pytest.mark.parametrize(("axes", "left_right"), [("xyz", 0), ("zyx", 2)])
def test_a_view_is_a_box_of_the_image_perhaps_mirrored_left_to_right(axes: str, left_right: int) -> None:
    flipped = []
    for number in range(12):
        shown = view(number, axes=axes)
        assert shown.shape == (3, 8, 4, 4)
        plain, mirrored = shown[0], np.flip(shown[0], left_right)
        start = int(min(plain.min(), mirrored.min()))
        z, y, x = np.unravel_index(start, IMAGE.shape[1:])
        box = (slice(z, z + 8), slice(y, y + 4), slice(x, x + 4))
        flipped.append(np.array_equal(mirrored, IMAGE[0][box]))
        assert flipped[-1] or np.array_equal(plain, IMAGE[0][box])
        assert np.array_equal(shown[1] - shown[0], np.full((8, 4, 4), 480.0))
    assert 0 < sum(flipped) < 12


def test_half_of_the_patches_are_hidden() -> None:
    hidden = view(3)[-1]
    assert set(np.unique(hidden)) == {0.0, 1.0}
    assert hidden.mean() == 0.5
    assert np.array_equal(hidden, np.kron(hidden[::4, ::2, ::2], np.ones((4, 2, 2))))


def test_without_augmentation_the_middle_is_shown_as_it_is() -> None:
    assert np.array_equal(view(1, augment=False)[0], IMAGE[0, 1:9, 2:6, 1:5])


def test_crops_reach_both_ends_and_small_images_get_a_border_of_zeros() -> None:
    random = np.random.default_rng(0)
    starts = {int(crop(IMAGE[:1], (9, 8, 6), random).flat[0]) for _ in range(40)}
    assert starts == {0, 48}
    padded = crop(IMAGE, (10, 11, 6), random)
    assert padded.shape == (2, 10, 11, 6)
    assert np.array_equal(padded[:, :, 1:9], IMAGE)
    assert not padded[:, :, 0].any()
    assert not padded[:, :, 9:].any()
