"""Networks that answer together: averaged in the body, not by voxel index; rules that fit them all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from torch import Tensor, nn

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import Task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, ModelChoice, PredictJob
from QualityFinetuneLib.engine.worker import ensemble as module
from QualityFinetuneLib.engine.worker.deciding import label_map, on_grid
from QualityFinetuneLib.engine.worker.ensemble import Ensemble
from QualityFinetuneLib.engine.worker.network import Network
from QualityFinetuneLib.models.cards import Postprocessing
from QualityFinetuneLib.models.meta import ModelMeta
from QualityFinetuneLib.models.registry import card

CPU = torch.device("cpu")
DIRECTIONS = {
    "straight": (1, 0, 0, 0, 1, 0, 0, 0, 1),
    "flipped": (-1, 0, 0, 0, 1, 0, 0, 0, -1),
    "oblique": (0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1),
}


class Voxelwise(nn.Module):
    """Two labels, one for what is bright and one for what is dark."""

    def __init__(self, gain: float) -> None:
        super().__init__()
        self.gain = gain

    def forward(self, images: Tensor) -> Tensor:
        return torch.cat([images * 0 + 1.0, images * self.gain, -images * self.gain], dim=1)


@pytest.fixture
def network(tiny_card: Path) -> Callable[..., Network]:
    def make(gain: float = 1.0, **changes: object) -> Network:
        meta = ModelMeta.from_card(
            card(str(tiny_card)), name="m", task="zones", labels=(), outputs=3, mode="full", **changes
        )
        return Network(model=Voxelwise(gain), meta=meta, start="")  # type: ignore[arg-type]

    return make


@pytest.fixture
def case(exams: tuple[CaseFiles, ...], tmp_path: Path) -> Callable[[str], CaseFiles]:
    """A cropped exam, its voxels anisotropic, turned as asked."""

    def make(direction: str) -> CaseFiles:
        image = sitk.ReadImage(str(exams[0].images[Role.T2W]))[2:, :-3, 1:]
        image.SetDirection([float(v) for v in DIRECTIONS[direction]])
        sitk.WriteImage(image, str(tmp_path / "t2w.nrrd"))
        return CaseFiles(id="turned", images={Role.T2W: tmp_path / "t2w.nrrd"})

    return make


def job_for(zones: Task, tmp_path: Path, **changes: object) -> PredictJob:
    values = {"output": tmp_path, "precision": "fp32", "model": ModelChoice(card="x"), "task": zones, "cases": ()}
    return PredictJob.model_validate(values | changes)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_one_grid_is_averaged_where_it_is(
    network: Callable[..., Network],
    case: Callable[[str], CaseFiles],
    zones: Task,
    tmp_path: Path,
    heard,
    direction: str,
) -> None:
    job = job_for(zones, tmp_path)
    one, two = network(1.0), network(3.0)
    alone = [Ensemble([n], job, device=CPU).look_at(case(direction), context=heard.context()) for n in (one, two)]
    both = Ensemble([one, two], job, device=CPU).look_at(case(direction), context=heard.context())
    assert both.grid == alone[0].grid
    assert np.allclose(both.values, (alone[0].values + alone[1].values) / 2, atol=1e-6)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_different_grids_meet_on_the_t2w(
    network: Callable[..., Network],
    case: Callable[[str], CaseFiles],
    zones: Task,
    tmp_path: Path,
    heard,
    direction: str,
) -> None:
    """The second network has another spacing, orientation and order of axes, and sees only the middle."""
    job = job_for(zones, tmp_path)
    one = network(2.0)
    two = network(
        2.0, spacing_mm=(1.5, 1.5, 2.5), axes="zyx", orientation="LPS", whole_volume=True, patch=(24, 16, 8)
    )
    both = Ensemble([one, two], job, device=CPU).look_at(case(direction), context=heard.context())
    assert both.grid == both.t2w and both.values.shape == (2, *both.t2w.size[::-1])
    alone = [Ensemble([n], job, device=CPU).look_at(case(direction), context=heard.context()) for n in (one, two)]
    for label in (0, 1):
        shown = [on_grid(a.values[label], a.grid, a.t2w) for a in alone]
        assert np.allclose(both.values[label], (shown[0] + shown[1]) / 2, atol=1e-6)
    masks = [
        sitk.GetArrayFromImage(label_map(a.values, grid=a.grid, t2w=a.t2w, post=Postprocessing())) for a in alone
    ]
    middle = (slice(2, 5), slice(6, 12), slice(8, 16))
    assert (masks[0][middle] == masks[1][middle]).mean() > 0.85, "both say the same about the same place"


def test_a_case_is_prepared_once_for_networks_that_see_it_alike(
    network: Callable[..., Network],
    case: Callable[[str], CaseFiles],
    zones: Task,
    tmp_path: Path,
    heard,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []
    real = module.prepare
    monkeypatch.setattr(module, "prepare", lambda *given, **named: (made.append(1), real(*given, **named))[1])
    networks = [network(1.0), network(2.0), network(1.0, spacing_mm=(1.0, 1.0, 2.0))]
    Ensemble(networks, job_for(zones, tmp_path), device=CPU).look_at(case("straight"), context=heard.context())
    assert len(made) == 2


def test_rules_are_those_that_fit_all(network: Callable[..., Network], zones: Task, tmp_path: Path) -> None:
    rules = [
        Postprocessing(threshold=0.55, largest_component=True, interpolated="logits", logit_blur_sigma_voxels=2.5),
        Postprocessing(threshold=0.45, largest_component=True),
    ]
    networks = [network(1.0, postprocessing=rule) for rule in rules]
    job = job_for(zones, tmp_path)
    assert Ensemble(networks[:1], job, device=CPU).post == rules[0]
    common = Ensemble(networks, job, device=CPU).post
    assert (common.threshold, common.largest_component, common.interpolated) == (0.5, True, "probabilities")


def test_a_task_that_tells_left_from_right_is_not_flipped(
    network: Callable[..., Network], zones: Task, tmp_path: Path
) -> None:
    sided = zones.model_copy(update={"sided": True})
    with pytest.raises(UserError) as caught:
        Ensemble([network()], job_for(sided, tmp_path, flips=True), device=CPU)
    assert caught.value.code is ErrorCode.BAD_JOB
    Ensemble([network()], job_for(sided, tmp_path), device=CPU)


def test_opinions_are_looks_of_all_networks(network: Callable[..., Network], zones: Task, tmp_path: Path) -> None:
    assert Ensemble([network()] * 3, job_for(zones, tmp_path, flips=True), device=CPU).opinions == 6
