"""Several looks are averaged, each brought back to where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from torch import Tensor, nn

from QualityFinetuneLib.cases.grid import Geometry
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import Task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles
from QualityFinetuneLib.engine.worker.context import Stopped
from QualityFinetuneLib.engine.worker.looks import Looker, Looks, dropping, left_right_axis
from QualityFinetuneLib.engine.worker.preparing import Prepared, prepare, to_zyx
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.meta import ModelMeta
from QualityFinetuneLib.models.registry import card

TILT = (0.96, -0.28, 0.0, 0.28, 0.96, 0.0, 0.0, 0.0, 1.0)
DIRECTIONS = {
    "straight": (1, 0, 0, 0, 1, 0, 0, 0, 1),
    "flipped": (-1, 0, 0, 0, -1, 0, 0, 0, 1),
    "oblique": TILT,
    "sideways": (0, 1, 0, 1, 0, 0, 0, 0, -1),
}


class Brighter(nn.Module):
    """Logit of each voxel: its value, so that mirrored answers are right only where they are mirrored back."""

    def forward(self, images: Tensor) -> Tensor:
        return images * 2.0


class MoreOnOneSide(nn.Module):
    """Logit that grows along one axis of the tensor whatever the image shows."""

    def __init__(self, axis: int) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, images: Tensor) -> Tensor:
        n = images.shape[self.axis]
        shape = [n if d == self.axis % images.ndim else 1 for d in range(images.ndim)]
        return torch.linspace(-3, 3, n).view(shape).expand_as(images)


class Dropped(nn.Module):
    def __init__(self, rate: float) -> None:
        super().__init__()
        self.norm, self.drop = nn.BatchNorm3d(1), nn.Dropout3d(rate)

    def forward(self, images: Tensor) -> Tensor:
        wide = self.norm(images).repeat(1, 32, 1, 1, 1)
        return self.drop(wide).mean(1, keepdim=True) * 3


def looker(model: nn.Module, meta: ModelMeta) -> Looker:
    return Looker(name="it", meta=meta, model=model.eval(), forward=model, device=torch.device("cpu"))


def meta_of(tiny_card: Path, **changes: object) -> ModelMeta:
    given = {"name": "m", "task": "t", "labels": (), "outputs": 1, "mode": "full"}
    return ModelMeta.from_card(card(str(tiny_card)), **given, **changes)  # type: ignore[arg-type]


@pytest.fixture
def see(exams: tuple[CaseFiles, ...], zones: Task, tmp_path: Path, heard) -> Callable[..., Prepared]:
    """Prepares an exam turned as asked, cropped so that it has no symmetry."""

    def make(meta: ModelMeta, direction: str = "straight") -> Prepared:
        image = sitk.ReadImage(str(exams[0].images[Role.T2W]))[3:, 1:-4, :-1]
        image.SetDirection([float(v) for v in DIRECTIONS[direction]])
        sitk.WriteImage(image, str(tmp_path / "t2w.nrrd"))
        case = CaseFiles(id="turned", images={Role.T2W: tmp_path / "t2w.nrrd"})
        return prepare(case, meta=meta, task=zones, context=heard.context())

    return make


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("axes", ["xyz", "zyx"])
@pytest.mark.parametrize("whole", [True, False])
def test_flips_are_undone_in_every_direction(
    see: Callable[..., Prepared], tiny_card: Path, heard, direction: str, axes: str, whole: bool
) -> None:
    meta = meta_of(tiny_card, axes=axes, whole_volume=whole, patch=(24, 20, 8) if whole else (16, 16, 8))
    prepared = see(meta, direction)
    network = looker(Brighter(), meta)
    plain = network.mean(prepared, Looks(), context=heard.context())
    mirrored = network.mean(prepared, Looks(flips=True), context=heard.context())
    assert plain.shape == (1, *prepared.grid.size[::-1])
    assert np.allclose(plain, mirrored, atol=1e-5)
    expected = 1 / (1 + np.exp(-2.0 * to_zyx(prepared.image, axes)))
    assert np.allclose(plain, expected, atol=1e-5)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("axes", ["xyz", "zyx"])
def test_flips_take_away_what_a_network_prefers_on_one_side(
    see: Callable[..., Prepared], tiny_card: Path, heard, direction: str, axes: str
) -> None:
    meta = meta_of(tiny_card, axes=axes, whole_volume=True, patch=(24, 20, 8))
    prepared = see(meta, direction)
    sideways = left_right_axis(prepared.grid, axes)
    for axis in (-3, -2, -1):
        network = looker(MoreOnOneSide(axis), meta)
        found = network.mean(prepared, Looks(flips=True), context=heard.context())
        spread = float(found.max() - found.min())
        assert (spread < 0.01) if axis == sideways else (spread > 0.8)


def test_left_and_right_are_the_patients() -> None:
    grid = Geometry(size=(4, 5, 6), spacing_mm=(1, 1, 1), origin_mm=(0, 0, 0), direction=(1, 0, 0, 0, 1, 0, 0, 0, 1))
    coronal = replace(grid, direction=(0, 0, 1, 1, 0, 0, 0, -1, 0))  # k runs to the patient's left
    assert (left_right_axis(grid, "zyx"), left_right_axis(grid, "xyz")) == (-1, -3)
    assert (left_right_axis(coronal, "zyx"), left_right_axis(coronal, "xyz")) == (-3, -1)


def test_dropout_is_on_only_while_it_looks_and_nothing_else_learns(
    see: Callable[..., Prepared], tiny_card: Path, heard
) -> None:
    meta = meta_of(tiny_card, whole_volume=True, patch=(24, 20, 8))
    prepared, model = see(meta), Dropped(0.5)
    network = looker(model, meta)
    once, twice, other = (
        network.mean(prepared, Looks(dropout_passes=4, seed=seed), context=heard.context()) for seed in (1, 1, 2)
    )
    assert np.array_equal(once, twice) and not np.allclose(once, other, atol=1e-4)
    assert not any(module.training for module in model.modules())
    assert int(model.norm.num_batches_tracked) == 0
    with dropping(model, on=True):
        assert model.drop.training and not model.norm.training


def test_a_network_without_dropout_is_refused() -> None:
    for model in (Brighter(), Dropped(0.0)):
        with pytest.raises(UserError) as caught:
            Looks(dropout_passes=2).require(model, "m")
        assert caught.value.code is ErrorCode.BAD_JOB
        Looks(flips=True).require(model, "m")
    Looks(dropout_passes=2).require(Dropped(0.1), "m")


def test_stochastic_depth_counts_as_dropout() -> None:
    options = {"size": "atto", "hidden": 8, "auxiliary_hidden": 8}
    for rate, able in ((0.0, False), (0.2, True)):
        model = build("profound_conv", outputs=1, in_channels=1, drop_path=rate, **options)
        if able:
            Looks(dropout_passes=1).require(model, "m")
        else:
            with pytest.raises(UserError):
                Looks(dropout_passes=1).require(model, "m")


@pytest.mark.parametrize(
    ("looks", "count"), [(Looks(), 1), (Looks(flips=True), 2), (Looks(flips=True, dropout_passes=5), 10)]
)
def test_looks_are_counted(see: Callable[..., Prepared], tiny_card: Path, heard, looks: Looks, count: int) -> None:
    meta = meta_of(tiny_card, whole_volume=True, patch=(24, 20, 8))
    calls: list[int] = []
    model = Dropped(0.2).eval()
    network = replace(looker(model, meta), forward=lambda x: (calls.append(1), model(x))[1])
    network.mean(see(meta), looks, context=heard.context())
    assert len(calls) == looks.count == count


def test_it_stops_between_two_looks(see: Callable[..., Prepared], tiny_card: Path, heard) -> None:
    meta = meta_of(tiny_card, whole_volume=True, patch=(24, 20, 8))
    calls: list[int] = []
    model = Brighter()
    network = replace(looker(model, meta), forward=lambda x: (calls.append(1), model(x))[1])
    with pytest.raises(Stopped):
        network.mean(see(meta), Looks(flips=True), context=heard.context(asked_to_stop=lambda: bool(calls)))
    assert len(calls) == 1


def test_a_mirrored_look_also_goes_on_with_smaller_windows(
    see: Callable[..., Prepared], tiny_card: Path, heard
) -> None:
    meta = meta_of(tiny_card, patch=(64, 32, 32))
    model = Brighter()

    def forward(images: Tensor) -> Tensor:
        if images.shape[2] > 32:
            raise torch.OutOfMemoryError("out of memory")
        return model(images)

    prepared = see(meta)
    found = replace(looker(model, meta), forward=forward).mean(prepared, Looks(flips=True), context=heard.context())
    assert np.allclose(found, looker(model, meta).mean(prepared, Looks(), context=heard.context()), atol=1e-5)
    assert [event.code for event in heard.of("warning")] == [ErrorCode.OUT_OF_MEMORY]
