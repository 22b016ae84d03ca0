"""Outputs become numbers in the task's own terms."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from QualityFinetuneLib.cases.grid import Geometry
from QualityFinetuneLib.cases.tasks import Task, load_task
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles
from QualityFinetuneLib.engine.worker.answers_reading import answered, outputs_for_exam, unsure
from QualityFinetuneLib.engine.worker.preparing import Prepared

GRID = Geometry(size=(4, 4, 4), spacing_mm=(1, 1, 1), origin_mm=(0, 0, 0), direction=(1, 0, 0, 0, 1, 0, 0, 0, 1))


def prepared(**case: object) -> Prepared:
    image = np.ones((1, 4, 4, 4), np.float32)
    image.setflags(write=False)
    files = CaseFiles.model_validate({"id": "a"} | case)
    return Prepared(case=files, image=image, label=None, truth=None, grid=GRID, t2w=GRID, axes="xyz")


def test_thresholds_passed_are_a_grade_by_its_own_number() -> None:
    found = answered(torch.tensor([[3.0, 1.0, -1.0]]), prepared(answer=(5.0,), quality="low"), load_task("pi_rads"))
    assert (found.truth, found.predicted, found.quality) == ((5.0,), (4.0,), "low")
    assert found.probabilities is not None and sum(found.probabilities) == pytest.approx(1.0)
    assert found.probabilities.index(max(found.probabilities)) == 2


def test_the_likeliest_class_is_told_by_its_own_number() -> None:
    choices = [{"value": 7, "name": "a"}, {"value": 9, "name": "b"}]
    task = Task.model_validate({"name": "t", "title": "T", "roles": ["t2w"], "answer": "classes", "choices": choices})
    found = answered(torch.tensor([[0.0, 1.0]]), prepared(), task)
    assert (found.truth, found.predicted) == ((None,), (9.0,))


def test_values_are_told_as_they_are() -> None:
    found = answered(torch.tensor([[52.5]]), prepared(), load_task("prostate_volume"))
    assert (found.predicted, found.probabilities) == ((52.5,), None)


def test_what_is_certain_has_no_entropy_and_what_is_open_has_most() -> None:
    task = load_task("pi_rads")
    assert unsure(torch.tensor([[40.0, 40.0, -40.0]]), task) == (pytest.approx(0.0, abs=1e-6),)
    # Half of the looks are certain of one grade, half of another.
    assert unsure(torch.tensor([[40.0, -40.0, -40.0], [40.0, 40.0, 40.0]]), task) == (pytest.approx(np.log(2)),)
    labels = Task.model_validate(
        {
            "name": "t", "title": "T", "roles": ["t2w"], "answer": "labels", "metric": "macro_auc",
            "choices": [{"value": 1, "name": "a"}, {"value": 2, "name": "b"}],
        }
    )  # fmt: skip
    assert unsure(torch.tensor([[0.0, 40.0]]), labels) == (pytest.approx(np.log(2)), pytest.approx(0.0, abs=1e-6))


def test_values_are_as_unsure_as_their_looks_differ() -> None:
    task = load_task("prostate_volume")
    assert unsure(torch.tensor([[40.0], [44.0], [48.0]]), task) == (pytest.approx(4.0),)
    assert unsure(torch.tensor([[40.0]]), task) == (None,)


def test_a_mapped_image_is_read_without_a_gradient() -> None:
    def forward(images: torch.Tensor) -> torch.Tensor:
        assert images.shape == (1, 1, 4, 4, 4)
        return images.sum((1, 2, 3, 4))[:, None] * torch.ones(1, requires_grad=True)

    found = outputs_for_exam(forward, prepared(), device=torch.device("cpu"), precision="fp32")
    assert found.tolist() == [[64.0]]
    assert not found.requires_grad
