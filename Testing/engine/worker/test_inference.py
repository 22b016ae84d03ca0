"""Sliding and whole-volume inference against the plain network, and with too little memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage

from QualityFinetuneLib.cases.tasks import Task
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles
from QualityFinetuneLib.engine.worker.context import Stopped
from QualityFinetuneLib.engine.worker.inference import foreground_box, probabilities
from QualityFinetuneLib.engine.worker.preparing import Prepared, prepare
from QualityFinetuneLib.models.cards import Postprocessing
from QualityFinetuneLib.models.meta import ModelMeta
from QualityFinetuneLib.models.registry import card

CPU = torch.device("cpu")


def voxelwise(images: torch.Tensor) -> torch.Tensor:
    """A network whose answer depends on each voxel alone, so windows and whole must agree exactly."""
    return torch.cat([images * 0, images, -images], dim=1)


@pytest.fixture
def meta(tiny_card: Path) -> ModelMeta:
    return ModelMeta.from_card(card(str(tiny_card)), name="m", task="t", labels=(), outputs=3, mode="full")


@pytest.fixture
def prepared(exams: tuple[CaseFiles, ...], zones: Task, meta: ModelMeta, heard) -> Prepared:
    return prepare(exams[0], meta=meta, task=zones, context=heard.context())


def run(forward, prepared: Prepared, meta: ModelMeta, heard, **options: object) -> np.ndarray:
    return probabilities(forward, prepared, meta=meta, device=CPU, precision="fp32", context=heard.context(**options))


def expected(prepared: Prepared) -> np.ndarray:
    return voxelwise(torch.from_numpy(prepared.image)[None]).softmax(1)[0, 1:].numpy()


@pytest.mark.parametrize("axes", ["xyz", "zyx"])
def test_windows_are_blended_to_what_the_whole_would_give(
    exams: tuple[CaseFiles, ...], zones: Task, meta: ModelMeta, heard, axes: str
) -> None:
    meta = meta.model_copy(update={"axes": axes})
    prepared = prepare(exams[0], meta=meta, task=zones, context=heard.context())
    seen: list[tuple[int, ...]] = []

    def forward(images: torch.Tensor) -> torch.Tensor:
        seen.append(tuple(images.shape[2:]))
        return voxelwise(images)

    assert np.allclose(run(forward, prepared, meta, heard), expected(prepared), atol=1e-5)
    assert set(seen) == {(16, 16, 8) if axes == "xyz" else (8, 16, 16)} and len(seen) > 1


def test_a_whole_volume_network_is_run_once(prepared: Prepared, meta: ModelMeta, heard) -> None:
    calls: list[int] = []
    whole = meta.model_copy(update={"whole_volume": True})
    found = run(lambda x: (calls.append(1), voxelwise(x))[1], prepared, whole, heard)
    assert len(calls) == 1 and np.allclose(found, expected(prepared), atol=1e-6)


def test_logits_are_blurred_before_they_become_probabilities(prepared: Prepared, meta: ModelMeta, heard) -> None:
    post = Postprocessing(logit_blur_sigma_voxels=1.5)
    blurred = meta.model_copy(update={"whole_volume": True, "postprocessing": post})
    found = run(lambda x: x, prepared, blurred, heard)
    logits = ndimage.gaussian_filter(prepared.image[0], 1.5, mode="nearest")
    assert np.allclose(found[0], 1 / (1 + np.exp(-logits)), atol=1e-5)


def test_only_the_foreground_and_its_margin_are_looked_at(prepared: Prepared, meta: ModelMeta, heard) -> None:
    image = np.full_like(prepared.image, -1.0)
    image[:, 10:14, 8:12, 3:5] = 5.0
    cropped = meta.model_copy(update={"crop_margin_voxels": 2})
    found = run(lambda x: x * 0 + 3, replace(prepared, image=image), cropped, heard)
    inside = np.zeros(image.shape[1:], dtype=bool)
    inside[8:16, 6:14, 1:7] = True
    assert (found[0][inside] > 0.9).all() and not found[0][~inside].any()


def test_the_box_of_the_foreground_may_reach_beyond_the_image_as_monais_does() -> None:
    from monai.transforms.utils import generate_spatial_bounding_box

    image = np.zeros((2, 5, 6, 7), dtype=np.float32)
    assert foreground_box(image, margin=1) == ((0, 0, 0), (5, 6, 7))
    image[1, 0, 5, 3] = image[0, 1, 4, 3] = 1
    start, stop = generate_spatial_bounding_box(image, margin=2)
    assert foreground_box(image, margin=2) == (tuple(start), tuple(stop))


def test_a_margin_beyond_the_image_is_zeros_and_is_cut_off_again(prepared: Prepared, meta: ModelMeta, heard) -> None:
    image = np.full_like(prepared.image, 5.0)
    seen: list[torch.Tensor] = []

    def forward(images: torch.Tensor) -> torch.Tensor:
        seen.append(images)
        return images

    wide = meta.model_copy(update={"crop_margin_voxels": 3, "patch": (64, 64, 64)})
    found = run(forward, replace(prepared, image=image), wide, heard)
    assert found.shape == image.shape and np.allclose(found, 1 / (1 + np.exp(-5.0)), atol=1e-4)
    assert not seen[0][0, 0, 0].any() and (seen[0] > 0).sum() == image.size


def test_windows_are_halved_when_memory_does_not_suffice(prepared: Prepared, meta: ModelMeta, heard) -> None:
    wide = meta.model_copy(update={"patch": (64, 48, 8)})

    def forward(images: torch.Tensor) -> torch.Tensor:
        if images.shape[2] * images.shape[3] > 32 * 32:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return voxelwise(images)

    assert np.allclose(run(forward, prepared, wide, heard), expected(prepared), atol=1e-5)
    assert [event.why.split("have ")[1] for event in heard.of("warning")] == [
        "32 x 48 x 8 voxels.",
        "32 x 32 x 8 voxels.",
    ]


def test_when_small_windows_do_not_fit_either_that_is_the_answer(prepared: Prepared, meta: ModelMeta, heard) -> None:
    def never(_: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(torch.OutOfMemoryError):
        run(never, prepared, meta, heard)


def test_it_stops_between_windows(prepared: Prepared, meta: ModelMeta, heard) -> None:
    calls: list[int] = []
    with pytest.raises(Stopped):
        run(
            lambda x: (calls.append(1), voxelwise(x))[1], prepared, meta, heard, asked_to_stop=lambda: len(calls) >= 2
        )
    assert len(calls) == 2
