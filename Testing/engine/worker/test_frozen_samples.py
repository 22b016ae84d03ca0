"""A frozen encoder's samples come with what is known of them, and teach in a window what the whole teaches there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as some

from QualityFinetuneLib.engine.protocol.jobs import TrainOptions
from QualityFinetuneLib.engine.worker import frozen_samples as module
from QualityFinetuneLib.engine.worker.feature_cache import FeatureCache
from QualityFinetuneLib.engine.worker.frozen_samples import FrozenSamples, window_for, window_on
from QualityFinetuneLib.engine.worker.loading import Loaded
from QualityFinetuneLib.engine.worker.losses import SegmentationLoss
from QualityFinetuneLib.engine.worker.memory_plan import MemoryPlan
from QualityFinetuneLib.engine.worker.patches import Shown
from QualityFinetuneLib.engine.worker.sample import Sample
from QualityFinetuneLib.engine.worker.step import TrainingStep
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.meta import ModelMeta
from QualityFinetuneLib.models.networks.windows import CELL
from QualityFinetuneLib.models.registry import card

PATCH = (32, 48, 48)
WINDOW = (32, 16, 32)
CPU = torch.device("cpu")


class Pictures:
    """Two channels of noise and a labelled box, other ones for each case; counts how many were made."""

    def __init__(self) -> None:
        self.made = 0

    def get(self, shown: Shown, patch: tuple[int, int, int]) -> Sample:
        self.made += 1
        random = torch.Generator().manual_seed(shown.case)
        label = torch.zeros(1, *patch, dtype=torch.int64)
        label[:, 4:20, 20 + shown.case : 40, 8:30] = 1 + shown.case
        return Sample(image=torch.randn(2, *patch, generator=random), target=label)


def encode(images: torch.Tensor) -> list[torch.Tensor]:
    return [images[:, :1] * 1.001, images.mean((2, 3, 4), keepdim=True)]


def shown(case: int, step: int = 0) -> Shown:
    return Shown(case=case, words=("view", case), step=("step", step))


def test_features_come_with_a_picture_once_they_were_computed_and_then_without_it(tmp_path: Path) -> None:
    pictures, cache = Pictures(), FeatureCache(tmp_path, encode, weights="w")
    samples = FrozenSamples(pictures, cache, window=None)
    first = samples.get(shown(0), PATCH)
    assert first.features is None and first.image is not None
    expected = cache.encode(first.image[None])
    second, third = samples.get(shown(0), PATCH), samples.get(shown(0), PATCH)
    assert pictures.made == 2 and third.image is None
    for sample in (second, third):
        assert all(torch.equal(a.float(), b[0]) for a, b in zip(sample.features, expected, strict=True))
        assert sample.target.dtype is torch.int64 and torch.equal(sample.target, first.target)
    assert samples.get(shown(1), PATCH).features is None, "another picture has other features"


def test_what_a_step_had_to_compute_is_remembered_at_once(tmp_path: Path) -> None:
    pictures, cache = Pictures(), FeatureCache(tmp_path, encode, weights="w")
    samples = FrozenSamples(pictures, cache, window=None)
    first = samples.get(shown(0), PATCH)
    computed = cache.encode(first.image[None])
    first.found([level[0] for level in computed])
    again = samples.get(shown(0), PATCH)
    assert pictures.made == 1 and again.image is None
    assert all(torch.equal(a.float(), b[0]) for a, b in zip(again.features, computed, strict=True))
    assert torch.equal(again.target, first.target)


def test_what_there_is_no_room_for_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED_BYTES", 100)
    pictures, cache = Pictures(), FeatureCache(tmp_path, encode, weights="w")
    samples = FrozenSamples(pictures, cache, window=None)
    cache.encode(samples.get(shown(0), PATCH).image[None])
    for _ in range(2):
        assert samples.get(shown(0), PATCH).features is not None
    assert pictures.made == 3


def test_the_target_is_the_windows_and_windows_move_though_the_picture_stays(tmp_path: Path) -> None:
    samples = FrozenSamples(Pictures(), FeatureCache(tmp_path, encode, weights="w"), window=WINDOW)
    whole = Pictures().get(shown(1), PATCH).target
    found = [samples.get(shown(1, step), PATCH) for step in range(12)]
    for sample in found:
        assert sample.window.size == WINDOW and torch.equal(sample.target, sample.window.of(whole))
    assert len({sample.window.start for sample in found}) > 2
    again = samples.get(shown(1, 3), PATCH)
    assert again.window == found[3].window, "the same step shows the same"


@example(label=(0, 0, 16), size=(16, 16, 16), seed=0)
@given(
    label=some.tuples(*(some.integers(0, 47) for _ in range(3))),
    size=some.tuples(*(some.sampled_from([16, 32, 48]) for _ in range(3))),
    seed=some.integers(0, 2**31),
)
def test_a_window_lies_on_cells_inside_the_picture_and_mostly_on_the_label(label, size, seed) -> None:
    voxels = np.zeros((48, 48, 48), np.uint8)
    voxels[label] = 1
    window = window_on(voxels, size, np.random.default_rng(seed))
    assert all(start % CELL == 0 and 0 <= start <= 48 - side for start, side in zip(window.start, size, strict=True))
    if np.random.default_rng(seed).random() < 2 / 3:
        assert window.of(torch.from_numpy(voxels)).any()


def test_without_a_label_a_window_lies_anywhere() -> None:
    random = np.random.default_rng(0)
    starts = {window_on(np.zeros((16, 64, 64), np.uint8), (16, 16, 16), random).start for _ in range(200)}
    assert len(starts) == 16


def of_card(name: str, **changes: object) -> tuple[object, ModelMeta]:
    asked = card(name)
    meta = ModelMeta.from_card(asked, name="m", task="t", labels=(), outputs=1, mode="frozen")
    with torch.device("meta"):
        options = dict(asked.options) | ({"size": "atto"} if "size" in asked.options else {})
        model = build(asked.architecture, outputs=1, in_channels=len(asked.inputs), **options)
    return model, meta.model_copy(update=changes)


@pytest.mark.parametrize(
    ("name", "side_mm", "expected"),
    [
        ("profound_conv_light", 48.0, (64, 96, 96)),
        ("profound_conv_light", 50.0, (64, 112, 112)),
        ("profound_conv_fpn", 48.0, (64, 96, 96)),
        ("profound_conv_light", 1.0, (64, 16, 16)),
        ("profound_conv_light", 112.0, None),
        ("profound_conv_light", None, None),
        ("profound_conv_unetr", 48.0, None),
        ("taps_gland", 48.0, None),
    ],
)
def test_a_window_has_the_asked_side_where_the_network_can_decode_one(name, side_mm, expected) -> None:
    model, meta = of_card(name)
    assert window_for(model, meta, TrainOptions(window_mm=side_mm), segments=True) == expected
    assert window_for(model, meta, TrainOptions(window_mm=side_mm), segments=False) is None


@pytest.mark.parametrize("recompute", [False, True])
def test_a_step_in_windows_has_the_gradient_of_the_whole_output_there(tmp_path: Path, heard, recompute: bool) -> None:
    torch.manual_seed(0)
    model = build("profound_conv", outputs=3, in_channels=2, size="atto", hidden=8).train()
    model.freeze_encoder()
    cache = FeatureCache(tmp_path, lambda images: model.encode(images), weights="w")
    objective = SegmentationLoss(outputs=3, weights=model.supervision_weights)
    samples = FrozenSamples(Pictures(), cache, window=WINDOW)
    batch = [shown(0, 5), shown(1, 6)]
    cut = [samples.get(one, PATCH) for one in batch]
    step = TrainingStep(
        model=model,
        objective=type("Objective", (), {"loss": staticmethod(objective)})(),
        optimizer=torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.0),
        samples=samples,
        features=cache,
        plan=MemoryPlan(parts=1, patch=PATCH, recompute=recompute, patch_may_shrink=False),
        device=CPU,
        precision="fp32",
        context=heard.context(),
    )
    found = step.run(batch, words=("w",), loaded=Loaded(batch, cut, PATCH))
    gradients = [parameter.grad.clone() for parameter in model.parameters() if parameter.grad is not None]
    model.zero_grad()
    whole = model.decode(cache.encode(torch.stack([sample.image for sample in cut])))
    inside = [torch.cat([sample.window.of(output[n : n + 1]) for n, sample in enumerate(cut)]) for output in whole]
    loss = objective(inside, torch.stack([sample.target for sample in cut]))
    loss.backward()
    assert found == pytest.approx(loss.item(), rel=1e-5)
    torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.grad is not None], 1.0)
    expected = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    for one, other in zip(gradients, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5 * float(other.abs().max()) + 1e-9)
