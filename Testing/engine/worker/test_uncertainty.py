"""Predictive entropy against scipy's, and where the map lies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from scipy import stats

from QualityFinetuneLib.cases.grid import Geometry
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob, ModelChoice, PredictJob
from QualityFinetuneLib.engine.worker.ensemble import Likely
from QualityFinetuneLib.engine.worker.finetune import finetune
from QualityFinetuneLib.engine.worker.predict import predict
from QualityFinetuneLib.engine.worker.uncertainty import entropy, uncertainty_map

GRID = Geometry(
    size=(6, 5, 4), spacing_mm=(2.0, 2.0, 3.0), origin_mm=(0.0, 0.0, 0.0), direction=(1, 0, 0, 0, 1, 0, 0, 0, 1)
)


@pytest.mark.parametrize("labels", [1, 2, 8])
def test_it_is_the_entropy_that_scipy_computes(labels: int) -> None:
    all_of_them = np.random.default_rng(labels).dirichlet(np.full(labels + 1, 0.4), size=(4, 5, 6))
    found = entropy(np.moveaxis(all_of_them[..., 1:], -1, 0).astype(np.float32))
    assert np.allclose(found, stats.entropy(all_of_them, axis=-1), atol=2e-6)
    assert found.dtype == np.float32


@pytest.mark.parametrize("labels", [1, 3])
def test_it_lies_between_nothing_and_ln_of_all_that_can_be(labels: int) -> None:
    certain, even = np.zeros((labels, 1, 1, 2), np.float32), np.full((labels, 1, 1, 2), 1 / (labels + 1), np.float32)
    certain[0, ..., 1] = 1.0
    assert np.array_equal(entropy(certain), np.zeros((1, 1, 2)))
    assert np.allclose(entropy(even), np.log(labels + 1)) and (entropy(even) <= np.float32(np.log(labels + 1))).all()
    rounded = np.full((labels, 1, 1, 1), np.float32(1 / labels) * 1.000001, np.float32)
    assert np.isfinite(entropy(rounded)).all()


def test_members_that_disagree_are_less_certain_than_each_of_them() -> None:
    first, second = np.full((1, 2, 2, 2), 0.95, np.float32), np.full((1, 2, 2, 2), 0.05, np.float32)
    assert (entropy((first + second) / 2) > np.maximum(entropy(first), entropy(second))).all()


def test_the_map_lies_on_the_t2w_and_is_zero_where_nobody_looked() -> None:
    t2w = Geometry(
        size=(30, 30, 20), spacing_mm=(1.0, 1.0, 1.0), origin_mm=(-10.0, -10.0, -4.0), direction=GRID.direction
    )
    found = uncertainty_map(Likely(values=np.full((1, 4, 5, 6), 0.5, np.float32), grid=GRID, t2w=t2w))
    assert found.shape == (20, 30, 30)
    assert np.allclose(found[4:14, 10:19, 10:21], np.log(2)) and not found[:, :, :8].any() and not found[:2].any()


def test_one_run_that_learned_with_dropout_tells_how_unsure_it_is(
    finetune_job: Callable[..., FinetuneJob], predict_job: PredictJob, heard, tmp_path
) -> None:
    job = finetune_job(mode="frozen", epochs=1, dropout=0.3)
    finetune(job, heard.context(), device=torch.device("cpu"))
    model = ModelChoice(card="tiny", folder=job.output / "best")

    def maps(name: str, **changes: object) -> tuple[np.ndarray, np.ndarray]:
        values = {"output": tmp_path / name, "model": model, "uncertainty": True, "cases": predict_job.cases[:1]}
        predict(
            predict_job.model_copy(update=values | {"precision": "fp32"} | changes),
            heard.context(),
            device=torch.device("cpu"),
        )
        folder = tmp_path / name / "predictions"
        found = [
            sitk.GetArrayFromImage(sitk.ReadImage(str(folder / f"case-0{end}.nrrd"))) for end in ("", "-uncertainty")
        ]
        return found[0], found[1]

    plain, one = maps("plain"), maps("one", dropout_passes=3)
    assert not np.array_equal(plain[1], one[1]), "looks differ"
    again, other = maps("again", dropout_passes=3), maps("other", dropout_passes=3, seed=1)
    assert np.array_equal(one[1], again[1]) and not np.array_equal(one[1], other[1])
    assert (one[1] >= 0).all() and one[1].max() <= np.log(3) + 1e-6
