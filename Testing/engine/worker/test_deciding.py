"""What a voxel of the T2w is called, decided as if every probability had been interpolated everywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from QualityFinetuneLib.cases.grid import Geometry, geometry_of, profound_grid, resample_to
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import Task
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles
from QualityFinetuneLib.engine.worker.deciding import label_map, on_grid, to_mask
from QualityFinetuneLib.engine.worker.preparing import empty_image, prepare
from QualityFinetuneLib.engine.worker.regions import Region
from QualityFinetuneLib.models.cards import Postprocessing
from QualityFinetuneLib.models.meta import ModelMeta
from QualityFinetuneLib.models.registry import card

GRID = Geometry(
    size=(17, 15, 9), spacing_mm=(2.0, 2.5, 3.0), origin_mm=(4.0, -7.0, 11.0), direction=(1, 0, 0, 0, 1, 0, 0, 0, 1)
)
"""Of a network; the T2ws below lie in and around it."""


def turned(degrees: float, *, flipped: bool = False) -> tuple[float, ...]:
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    sign = -1.0 if flipped else 1.0
    return (sign * float(c), float(-s), 0.0, sign * float(s), float(c), 0.0, 0.0, 0.0, sign)


T2W = Geometry(size=(31, 36, 8), spacing_mm=(1.1, 0.9, 4.2), origin_mm=(2.0, -5.0, 8.0), direction=turned(0))
T2WS = {
    "straight": T2W,
    "oblique": replace(T2W, direction=turned(25), origin_mm=(12.0, -9.0, 9.0)),
    "flipped": replace(T2W, direction=turned(0, flipped=True), origin_mm=(36.0, -5.0, 35.0)),
    "cropped": replace(T2W, size=(9, 11, 3), origin_mm=(14.0, 5.0, 20.0)),
    "fine": replace(T2W, size=(60, 55, 30), spacing_mm=(0.5, 0.6, 0.9)),
    "elsewhere": replace(T2W, origin_mm=(200.0, 0.0, 0.0)),
}


def fields(labels: int, *, seed: int) -> np.ndarray:
    """Smooth random probabilities (labels, z, y, x) that leave something for background."""
    noise = np.random.default_rng(seed).normal(size=(labels + 1, *GRID.size[::-1]))
    logits = ndimage.gaussian_filter(noise, (0, 1.5, 2, 2)) * 25
    logits[0] += 1.5
    exponents = np.exp(logits - logits.max(axis=0))
    return (exponents / exponents.sum(axis=0))[1:].astype(np.float32)


def everywhere(values: np.ndarray, t2w: Geometry) -> np.ndarray:
    image = sitk.GetImageFromArray(values)
    image.CopyInformation(empty_image(GRID))
    return sitk.GetArrayFromImage(resample_to(image, empty_image(t2w)))


@pytest.mark.parametrize("name", T2WS)
@pytest.mark.parametrize("labels", [2, 8])
def test_several_labels_are_decided_as_if_all_were_interpolated_everywhere(name: str, labels: int) -> None:
    likely = fields(labels, seed=labels)
    shown = np.stack([everywhere(channel, T2WS[name]) for channel in likely])
    expected = np.argmax(np.concatenate([1.0 - shown.sum(axis=0, keepdims=True), shown]), axis=0)
    found = sitk.GetArrayFromImage(label_map(likely, grid=GRID, t2w=T2WS[name], post=Postprocessing()))
    assert np.array_equal(found, expected)
    assert found.any() == (name != "elsewhere")


@pytest.mark.parametrize("seed", [0, 1, 7, 16, 26, 30])
def test_voxels_that_coincide_but_for_rounding_are_no_trouble(seed: int) -> None:
    """As ProFound's grid on an exam of its spacing in plane: indices are whole numbers give or take 1e-13."""
    random = np.random.default_rng(seed)
    direction, _ = np.linalg.qr(np.eye(3) + random.normal(0, 0.1, (3, 3)))
    origin = tuple(float(v) for v in random.uniform(-90, 90, 3))
    t2w = Geometry(size=(48, 44, 7), spacing_mm=(0.5, 0.5, 3.0), origin_mm=origin, direction=tuple(direction.ravel()))
    grid = geometry_of(profound_grid(empty_image(t2w), size=(30, 32, 16)))
    likely = np.zeros((8, 16, 32, 30), np.float32)
    for label in range(8):  # a staircase whose steps begin in the same row
        likely[label, 2 + label, 8 : 12 + label, 3 * label : 3 * label + 4] = 0.9
    shown = np.stack([on_grid(channel, grid, t2w) for channel in likely])
    expected = np.argmax(np.concatenate([1.0 - shown.sum(axis=0, keepdims=True), shown]), axis=0)
    found = sitk.GetArrayFromImage(label_map(likely, grid=grid, t2w=t2w, post=Postprocessing()))
    assert (found != expected).mean() <= 1e-3, "at most where rounding decides"


@pytest.mark.parametrize("name", T2WS)
@pytest.mark.parametrize("threshold", [0.5, 0.55])
@pytest.mark.parametrize("interpolated", ["probabilities", "logits"])
def test_one_label_is_decided_as_if_it_were_interpolated_everywhere(
    name: str, threshold: float, interpolated: str
) -> None:
    likely = fields(1, seed=3)
    post = Postprocessing(threshold=threshold, interpolated=interpolated)
    if interpolated == "logits":
        beyond = np.log(likely[0] / (1 - likely[0])) - np.float32(np.log(threshold / (1 - threshold)))
        expected = everywhere(beyond, T2WS[name]) > 0
    else:
        expected = everywhere(likely[0], T2WS[name]) > threshold
    found = sitk.GetArrayFromImage(label_map(likely, grid=GRID, t2w=T2WS[name], post=post))
    assert (found != expected).mean() <= 1e-4, "at most where rounding decides"


def test_a_label_of_one_voxel_at_the_border_is_not_lost() -> None:
    likely = np.zeros((2, *GRID.size[::-1]), np.float32)
    likely[0, 0, 0, 0], likely[1, -1, -1, -1] = 0.9, 0.9
    finer = replace(GRID, size=(65, 57, 33), spacing_mm=(0.5, 0.625, 0.75))
    values = sitk.GetArrayFromImage(label_map(likely, grid=GRID, t2w=finer, post=Postprocessing()))
    assert values[0, 0, 0] == 1 and values[-1, -1, -1] == 2 and set(np.unique(values)) == {0, 1, 2}


def test_log_odds_move_the_border_of_a_thick_slice() -> None:
    """Half-way between logits of 6 and -2 lies 2, and between their probabilities 0.56, which is below 0.6."""
    likely = np.zeros((1, *GRID.size[::-1]), np.float32)
    likely[0, :4], likely[0, 4:] = 1 / (1 + np.exp(-6.0)), 1 / (1 + np.exp(2.0))
    between = replace(GRID, origin_mm=(4.0, -7.0, 11.0 + 3.5 * 3.0), size=(17, 15, 1))
    found = {
        how: label_map(likely, grid=GRID, t2w=between, post=Postprocessing(threshold=0.6, interpolated=how))  # type: ignore[arg-type]
        for how in ("probabilities", "logits")
    }
    assert not sitk.GetArrayViewFromImage(found["probabilities"]).any()
    assert sitk.GetArrayViewFromImage(found["logits"]).all()


def test_certainty_does_not_break_log_odds() -> None:
    likely = np.zeros((1, *GRID.size[::-1]), np.float32)
    likely[0, 2:5, 4:9, 4:9] = 1.0
    mask = label_map(likely, grid=GRID, t2w=GRID, post=Postprocessing(interpolated="logits"))
    assert np.array_equal(sitk.GetArrayViewFromImage(mask), likely[0])


def test_small_parts_go_by_their_volume_in_the_body() -> None:
    likely = np.zeros((1, *GRID.size[::-1]), np.float32)
    likely[0, 1:3, 1:5, 1:5], likely[0, 6, 10:12, 10] = 1.0, 1.0  # 32 and 2 voxels of 0.015 ml
    for smallest_ml, parts in ((0.0, 2), (0.03, 2), (0.031, 1), (0.47, 1), (0.49, 0)):
        mask = label_map(likely, grid=GRID, t2w=GRID, post=Postprocessing(), smallest_component_ml=smallest_ml)
        assert ndimage.label(sitk.GetArrayFromImage(mask), np.ones((3, 3, 3)))[1] == parts


def test_only_the_largest_part_is_kept_where_the_model_wants_it() -> None:
    likely = np.zeros((1, *GRID.size[::-1]), np.float32)
    likely[0, 1:3, 1:5, 1:5], likely[0, 6, 10:12, 10] = 1.0, 1.0
    mask = label_map(likely, grid=GRID, t2w=GRID, post=Postprocessing(largest_component=True))
    assert sitk.GetArrayFromImage(mask).sum() == 32


def test_a_box_of_a_map_is_what_the_whole_map_has_there() -> None:
    box = Region((3, 5, 1), (20, 30, 6))
    whole = on_grid(fields(1, seed=1)[0], GRID, T2WS["oblique"])
    part = on_grid(fields(1, seed=1)[0], GRID, T2WS["oblique"], region=box)
    assert np.allclose(part, whole[box.slices], atol=1e-6)


def meta_of(tiny_card: Path | str, **changes: object) -> ModelMeta:
    return ModelMeta.from_card(card(str(tiny_card)), name="m", task="t", labels=(), outputs=3, mode="full", **changes)


def test_a_mask_has_exactly_the_t2ws_geometry(
    exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard
) -> None:
    prepared = prepare(exams[0], meta=meta_of(tiny_card), task=zones, context=heard.context())
    mask = to_mask(np.zeros((2, *prepared.image.shape[1:]), np.float32), prepared, post=Postprocessing())
    t2w = sitk.ReadImage(str(exams[0].images[Role.T2W]))
    for ask in ("GetSize", "GetSpacing", "GetOrigin", "GetDirection"):
        assert getattr(mask, ask)() == getattr(t2w, ask)()
    assert mask.GetPixelID() == sitk.sitkUInt8


def test_of_several_labels_the_most_likely_wins_against_background(
    exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard
) -> None:
    prepared = prepare(exams[0], meta=meta_of(tiny_card, spacing_mm=None), task=zones, context=heard.context())
    likely = np.zeros((2, *prepared.image.shape[1:]), np.float32)
    likely[:, 0], likely[:, 1], likely[:, 2] = [[[0.3]], [[0.3]]], [[[0.2]], [[0.5]]], [[[0.45]], [[0.25]]]
    values = sitk.GetArrayFromImage(to_mask(likely, prepared, post=Postprocessing()))
    assert np.unique(np.moveaxis(values, -1, 0)[-1]).size == 1  # RAS: the last sagittal slice is the first in LPS
    assert [int(np.moveaxis(values, -1, 0)[-1 - n].max()) for n in range(4)] == [0, 2, 1, 0]


def test_a_single_label_is_decided_by_its_threshold(
    exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard
) -> None:
    prepared = prepare(exams[0], meta=meta_of(tiny_card), task=zones, context=heard.context())
    likely = np.full((1, *prepared.image.shape[1:]), 0.52, np.float32)
    for threshold, found in ((0.5, True), (0.55, False)):
        mask = to_mask(likely, prepared, post=Postprocessing(threshold=threshold))
        assert sitk.GetArrayFromImage(mask).any() == found


def test_what_lies_outside_the_networks_view_is_background(
    exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard
) -> None:
    meta = meta_of(tiny_card, whole_volume=True, patch=(8, 8, 8))
    prepared = prepare(exams[0], meta=meta, task=zones, context=heard.context())
    values = sitk.GetArrayFromImage(to_mask(np.ones((1, 8, 8, 8), np.float32), prepared, post=Postprocessing()))
    assert values.any() and not values[:, 0].any() and not values[:, :, -1].any()
