"""Patches: every case in turn, boxes inside the exam, labelled tissue in sight, the same again for the same words."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from QualityFinetuneLib.cases.grid import Geometry
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles
from QualityFinetuneLib.engine.worker.patches import Patches, Shown, _cut, epoch_plan
from QualityFinetuneLib.engine.worker.preparing import Prepared

GEOMETRY = Geometry(size=(1, 1, 1), spacing_mm=(1, 1, 1), origin_mm=(0, 0, 0), direction=(1, 0, 0, 0, 1, 0, 0, 0, 1))


def prepared(shape: tuple[int, int, int] = (20, 24, 10), *, labelled: bool = True) -> Prepared:
    """An exam whose voxels are their own index, so that a patch tells where it came from."""
    label = np.zeros(shape, dtype=np.uint8)
    if labelled:
        label[4:7, 15:19, 3:5] = 1
    image = np.arange(1, np.prod(shape) + 1, dtype=np.float32).reshape(1, *shape)
    return Prepared(
        case=CaseFiles(id="a"), image=image, label=label, truth=label, grid=GEOMETRY, t2w=GEOMETRY, axes="xyz"
    )


def patches_of(cases: list[Prepared], **options: bool) -> Patches:
    """Patches whose target is the mask as shown."""
    return Patches(cases, target=lambda _, label: label, **options)


@given(cases=st.integers(1, 7), batch=st.integers(1, 4), steps=st.integers(1, 9), epoch=st.integers(0, 3))
@settings(deadline=None)
def test_no_case_is_shown_again_before_each_was_shown(cases: int, batch: int, steps: int, epoch: int) -> None:
    plan = epoch_plan(cases, batch_size=batch, steps=steps, seed=1, epoch=epoch, views=None)
    assert [len(step) for step in plan] == [batch] * steps
    order = [shown.case for step in plan for shown in step]
    for start in range(0, len(order) - cases + 1, cases):
        assert sorted(order[start : start + cases]) == list(range(cases))
    assert plan == epoch_plan(cases, batch_size=batch, steps=steps, seed=1, epoch=epoch, views=None)


def test_epochs_differ_in_order_and_in_patches() -> None:
    first, second = (epoch_plan(8, batch_size=1, steps=8, seed=1, epoch=epoch, views=None) for epoch in (0, 1))
    assert [s[0].case for s in first] != [s[0].case for s in second]
    assert not {s[0].words for s in first} & {s[0].words for s in second}


def test_views_come_back_so_that_their_features_can_be_kept() -> None:
    seen = {
        shown.words
        for epoch in range(12)
        for step in epoch_plan(5, batch_size=2, steps=4, seed=1, epoch=epoch, views=3)
        for shown in step
    }
    assert len(seen) == 15


@given(
    centre=st.tuples(st.integers(0, 19), st.integers(0, 23), st.integers(0, 9)),
    size=st.tuples(st.integers(1, 32), st.integers(1, 32), st.integers(1, 16)),
)
@settings(deadline=None)
def test_a_patch_is_a_box_of_the_exam_padded_with_zeros_only_where_the_exam_is_smaller(
    centre: tuple[int, int, int], size: tuple[int, int, int]
) -> None:
    image = prepared().image
    patch = _cut(image, centre, size)
    assert patch.shape == (1, *size)
    inside = np.minimum(size, image.shape[1:])
    found = patch[patch > 0]
    assert found.size == inside.prod() == np.unique(found).size
    if all(np.array(size) <= image.shape[1:]):
        assert image[0][centre] in found


def test_the_same_words_give_the_same_patch_and_other_words_another() -> None:
    patches = patches_of([prepared()], augment=True, whole_volume=False)
    once, again, other = (
        patches.get(Shown(case=0, words=words), (16, 16, 8)).image for words in (("a", 1), ("a", 1), ("a", 2))
    )
    assert torch.equal(once, again) and not torch.equal(once, other)


def test_two_threads_that_ask_at_once_get_what_one_gets() -> None:
    patches = patches_of([prepared()], augment=True, whole_volume=False)
    asked = [Shown(case=0, words=("w", number)) for number in range(40)]
    alone = [patches.get(shown, (16, 16, 8)).image for shown in asked]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(2) as threads:
            found = list(threads.map(lambda shown: patches.get(shown, (16, 16, 8)).image, asked * 2))
    finally:
        sys.setswitchinterval(before)
    assert all(torch.equal(one, other) for one, other in zip(found, alone * 2, strict=True))


def test_most_patches_show_labelled_tissue() -> None:
    patches = patches_of([prepared((64, 64, 10))], augment=True, whole_volume=False)
    shown = [bool(patches.get(Shown(case=0, words=("w", n)), (16, 16, 8)).target.any()) for n in range(60)]
    assert 0.45 < np.mean(shown) < 0.95


def test_without_augmentation_the_label_is_in_the_middle() -> None:
    patches = patches_of([prepared()], augment=False, whole_volume=False)
    sample = patches.get(Shown(case=0, words=("any",)), (8, 8, 8))
    image, label = sample.image, sample.target
    assert label.sum() == 3 * 4 * 2
    assert image.shape == (1, 8, 8, 8) and label.shape == (1, 8, 8, 8)
    assert (image.dtype, label.dtype) == (torch.float32, torch.int64)


@pytest.mark.parametrize("augment", [True, False])
def test_an_unlabelled_case_can_be_shown(augment: bool) -> None:
    patches = patches_of([prepared(labelled=False)], augment=augment, whole_volume=False)
    assert not patches.get(Shown(case=0, words=("w",)), (8, 8, 8)).target.any()


def test_a_whole_volume_is_shown_whole() -> None:
    case = prepared()
    sample = patches_of([case], augment=False, whole_volume=True).get(Shown(case=0, words=("w",)), (4, 4, 4))
    assert torch.equal(sample.image, torch.from_numpy(case.image))
    assert torch.equal(sample.target[0], torch.from_numpy(case.label).long())
