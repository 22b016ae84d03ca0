"""Agreement of masks against brute force, MONAI and SimpleITK, and against what must hold for any masks."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from QualityFinetuneLib.engine.worker.overlap import BOTH_EMPTY, NO_PREDICTION, NO_TRUTH, agreement, dice

SPACING_MM = (3.0, 0.5, 0.7)

masks = arrays(bool, (5, 6, 7), elements=st.booleans())


def blob(seed: int, shape: tuple[int, int, int] = (10, 18, 20)) -> np.ndarray:
    random = np.random.default_rng(seed)
    axes = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    centre, radii = np.array(shape) / 2 + random.uniform(-1.5, 1.5, 3), np.array([3, 6, 7]) + random.uniform(-1, 1, 3)
    return sum(((a - c) / r) ** 2 for a, c, r in zip(axes, centre, radii, strict=True)) < 1


def surface_mm(mask: np.ndarray) -> np.ndarray:
    """Surface voxels in mm by looking at the six neighbours of each voxel, one by one."""
    padded = np.pad(mask, 1)
    found = []
    for index in np.argwhere(padded):
        neighbours = [tuple(index + step) for step in np.vstack([np.eye(3, dtype=int), -np.eye(3, dtype=int)])]
        if not all(padded[neighbour] for neighbour in neighbours):
            found.append((index - 1) * np.array(SPACING_MM))
    return np.array(found)


def brute_force(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    between = np.linalg.norm(surface_mm(a)[:, None] - surface_mm(b)[None], axis=-1)
    there, back = between.min(axis=1), between.min(axis=0)
    return max(np.percentile(there, 95), np.percentile(back, 95)), np.concatenate([there, back]).mean()


@given(masks.filter(np.any), masks.filter(np.any))
@settings(max_examples=40, deadline=None)
def test_distances_equal_brute_force_over_all_pairs_of_surface_voxels(a: np.ndarray, b: np.ndarray) -> None:
    found = agreement(a, b, spacing_mm=SPACING_MM)
    hd95, mean = brute_force(a, b)
    assert found["hd95"].value == pytest.approx(hd95)
    assert found["surface_distance"].value == pytest.approx(mean)


@pytest.mark.parametrize("seed", range(3))
def test_numbers_equal_monais_and_simpleitks(seed: int) -> None:
    import torch
    from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance

    a, b = blob(seed), blob(seed + 100)
    found = agreement(a, b, spacing_mm=SPACING_MM)
    one_hot = [torch.from_numpy(np.stack([~mask, mask]))[None].float() for mask in (b, a)]
    hd95 = compute_hausdorff_distance(*one_hot, percentile=95, spacing=SPACING_MM)
    assert found["hd95"].value == pytest.approx(float(hd95[0, 0]), rel=1e-5)
    mean = compute_average_surface_distance(*one_hot, symmetric=True, spacing=SPACING_MM)
    assert found["surface_distance"].value == pytest.approx(float(mean[0, 0]), rel=1e-5)

    images = [sitk.GetImageFromArray(mask.astype(np.uint8)) for mask in (a, b)]
    for image in images:
        image.SetSpacing(SPACING_MM[::-1])
    overlap = sitk.LabelOverlapMeasuresImageFilter()
    overlap.Execute(*images)
    assert found["dice"].value == pytest.approx(overlap.GetDiceCoefficient())
    shape = sitk.LabelShapeStatisticsImageFilter()
    shape.Execute(images[1])
    assert found["predicted_volume"].value == pytest.approx(shape.GetPhysicalSize(1) / 1000)


def test_a_known_shift_has_the_known_distance() -> None:
    a = np.zeros((8, 12, 12), dtype=bool)
    a[2:5, 3:8, 3:8] = True
    found = agreement(a, np.roll(a, 2, axis=0), spacing_mm=(3.0, 0.5, 0.5))
    assert found["hd95"].value == pytest.approx(6.0)
    assert found["volume_error"].value == 0


@given(masks.filter(np.any))
@settings(max_examples=20, deadline=None)
def test_a_mask_agrees_with_itself_perfectly(mask: np.ndarray) -> None:
    found = agreement(mask, mask, spacing_mm=SPACING_MM)
    assert (found["dice"].value, found["hd95"].value, found["surface_distance"].value) == (1.0, 0.0, 0.0)
    assert found["volume_error_percent"].value == 0


@given(masks, masks)
@settings(max_examples=30, deadline=None)
def test_all_but_the_volume_error_are_symmetric(a: np.ndarray, b: np.ndarray) -> None:
    there, back = (agreement(*pair, spacing_mm=SPACING_MM) for pair in ((a, b), (b, a)))
    for metric in ("dice", "hd95", "surface_distance"):
        assert there[metric].value == pytest.approx(back[metric].value)
    assert there["volume_error"].value == pytest.approx(-back["volume_error"].value)


@given(masks, masks)
@settings(max_examples=30, deadline=None)
def test_dice_alone_is_the_same_dice(a: np.ndarray, b: np.ndarray) -> None:
    assert dice(a, b) == agreement(a, b, spacing_mm=SPACING_MM)["dice"].value


def test_volumes_are_in_millilitres_and_signed() -> None:
    a = np.zeros((10, 10, 10), dtype=bool)
    a[:2] = True
    found = agreement(a, ~a, spacing_mm=(2.0, 5.0, 1.0))
    assert found["truth_volume"].value == pytest.approx(2.0)
    assert found["volume_error"].value == pytest.approx(6.0)
    assert found["volume_error_percent"].value == pytest.approx(300.0)


@pytest.mark.parametrize(
    ("truth", "prediction", "undefined", "why"),
    [
        (False, False, {"dice", "hd95", "surface_distance", "volume_error_percent"}, BOTH_EMPTY),
        (True, False, {"hd95", "surface_distance"}, NO_PREDICTION),
        (False, True, {"hd95", "surface_distance", "volume_error_percent"}, NO_TRUTH),
    ],
)
def test_what_empty_masks_leave_undefined_says_why(
    truth: bool, prediction: bool, undefined: set[str], why: str
) -> None:
    shape = (3, 4, 5)
    found = agreement(np.full(shape, truth), np.full(shape, prediction), spacing_mm=SPACING_MM)
    assert {metric for metric, number in found.items() if number.value is None} == undefined
    assert found["hd95"].why == why
    assert all(number.why for number in found.values() if number.value is None)
    if truth or prediction:
        assert found["dice"].value == 0.0
