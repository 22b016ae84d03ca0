"""Exams become inputs, and outputs become masks, without moving anything by a voxel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import Task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles
from QualityFinetuneLib.engine.worker.deciding import to_mask
from QualityFinetuneLib.engine.worker.preparing import empty_image, prepare
from QualityFinetuneLib.models.cards import Postprocessing
from QualityFinetuneLib.models.meta import ModelMeta
from QualityFinetuneLib.models.registry import card

DIRECTIONS = {
    "straight": (1, 0, 0, 0, 1, 0, 0, 0, 1),
    "flipped": (-1, 0, 0, 0, 1, 0, 0, 0, -1),
    "coronal": (1, 0, 0, 0, 0, 1, 0, -1, 0),
    "oblique": (0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1),
}


def meta_of(tiny_card: Path | str, **changes: object) -> ModelMeta:
    return ModelMeta.from_card(card(str(tiny_card)), name="m", task="t", labels=(), outputs=3, mode="full", **changes)


def one_hot(label: np.ndarray) -> np.ndarray:
    return np.stack([label == 1, label == 2]).astype(np.float32)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("axes", ["xyz", "zyx"])
@pytest.mark.parametrize("spacing", [None, (1.0, 1.0, 1.5)])
def test_a_mask_survives_the_way_to_the_network_and_back(
    exams: tuple[CaseFiles, ...],
    zones: Task,
    tiny_card: Path,
    tmp_path: Path,
    heard,
    direction: str,
    axes: str,
    spacing: tuple[float, float, float] | None,
) -> None:
    case = exams[0]
    for role, path in {"image": case.images[Role.T2W], "mask": case.label}.items():
        image = sitk.ReadImage(str(path))
        image.SetDirection([float(v) for v in DIRECTIONS[direction]])
        sitk.WriteImage(image, str(tmp_path / f"{role}.nrrd"))
    case = CaseFiles(id="turned", images={Role.T2W: tmp_path / "image.nrrd"}, label=tmp_path / "mask.nrrd")
    meta = meta_of(tiny_card, axes=axes, spacing_mm=spacing)
    prepared = prepare(case, meta=meta, task=zones, context=heard.context(), with_label=True)
    back = sitk.GetArrayFromImage(to_mask(one_hot(prepared.label), prepared, post=Postprocessing()))
    dice = 2 * ((back > 0) & (prepared.truth > 0)).sum() / ((back > 0).sum() + (prepared.truth > 0).sum())
    assert dice == 1.0 if spacing is None else dice > 0.9


def test_image_and_label_lie_on_each_other(exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard) -> None:
    prepared = prepare(exams[0], meta=meta_of(tiny_card), task=zones, context=heard.context(), with_label=True)
    means = [prepared.image[0][prepared.label == value].mean() for value in (0, 1, 2)]
    assert means[1] > means[0] > means[2], "bright rim, grey surroundings, dark core"


def test_a_missing_series_is_a_channel_of_zeros_with_a_warning(
    exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard
) -> None:
    task = zones.model_copy(update={"roles": (Role.T2W, Role.HBV, Role.ADC)})
    meta = meta_of(tiny_card, inputs=(Role.T2W, Role.HBV, Role.ADC), in_channels=3)
    prepared = prepare(exams[0], meta=meta, task=task, context=heard.context())
    assert prepared.image[0].any() and not prepared.image[1:].any()
    assert [event.code for event in heard] == [ErrorCode.MISSING_SERIES] * 2
    assert "hbv" in heard[0].what


def test_a_series_which_the_task_needs_is_asked_for(
    exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard
) -> None:
    task = zones.model_copy(update={"roles": (Role.T2W, Role.ADC), "needs": (Role.T2W, Role.ADC)})
    meta = meta_of(tiny_card, inputs=(Role.T2W, Role.ADC), in_channels=2)
    with pytest.raises(UserError) as caught:
        prepare(exams[0], meta=meta, task=task, context=heard.context())
    assert (
        caught.value.code is ErrorCode.MISSING_SERIES and "adc" in caught.value.why and "case-0" in caught.value.what
    )


def test_a_series_that_the_task_does_not_use_is_zero_without_a_word(
    exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard
) -> None:
    meta = meta_of(tiny_card, inputs=(Role.T2W, Role.HBV, Role.ADC), in_channels=3)
    case = exams[0].model_copy(update={"images": exams[0].images | {Role.ADC: exams[0].images[Role.T2W]}})
    prepared = prepare(case, meta=meta, task=zones, context=heard.context())
    assert not prepared.image[1:].any() and not heard


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"images": {}}, ErrorCode.MISSING_SERIES),
        ({"label": None}, ErrorCode.NO_LABEL),
        ({"label": Path("absent.nrrd")}, ErrorCode.UNREADABLE_FILE),
        ({"images": {Role.T2W: Path("absent.nrrd")}}, ErrorCode.UNREADABLE_FILE),
    ],
)
def test_a_case_that_cannot_be_used_is_told(
    exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard, change: dict, code: ErrorCode
) -> None:
    case = exams[0].model_copy(update=change)
    with pytest.raises(UserError) as caught:
        prepare(case, meta=meta_of(tiny_card), task=zones, context=heard.context(), with_label=True)
    assert caught.value.code is code


def test_nan_in_an_image_is_told(
    exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard, tmp_path: Path
) -> None:
    image = sitk.ReadImage(str(exams[0].images[Role.T2W]))
    image[1, 1, 1] = float("nan")
    sitk.WriteImage(image, str(tmp_path / "nan.nrrd"))
    case = exams[0].model_copy(update={"images": {Role.T2W: tmp_path / "nan.nrrd"}})
    with pytest.raises(UserError) as caught:
        prepare(case, meta=meta_of(tiny_card), task=zones, context=heard.context())
    assert caught.value.code is ErrorCode.BAD_VALUES


def test_a_mask_outside_the_field_of_view_cannot_be_learned_from(
    exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard, tmp_path: Path
) -> None:
    mask = sitk.ReadImage(str(exams[0].label)) * 0
    mask[0, 0, 0] = 1
    sitk.WriteImage(mask, str(tmp_path / "corner.nrrd"))
    case = exams[0].model_copy(update={"label": tmp_path / "corner.nrrd"})
    meta = meta_of(tiny_card, whole_volume=True, patch=(8, 8, 8))
    with pytest.raises(UserError) as caught:
        prepare(case, meta=meta, task=zones, context=heard.context(), with_label=True)
    assert caught.value.code is ErrorCode.BAD_GEOMETRY


def test_an_empty_image_has_the_geometry_asked_for(
    exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard
) -> None:
    prepared = prepare(exams[0], meta=meta_of(tiny_card), task=zones, context=heard.context())
    image = empty_image(prepared.grid)
    assert image.GetOrigin() == prepared.grid.origin_mm and image.GetSize() == prepared.grid.size
