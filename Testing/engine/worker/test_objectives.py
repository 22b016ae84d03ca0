"""A task decides how its network learns."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from QualityFinetuneLib.cases.tasks import packaged_tasks
from QualityFinetuneLib.engine.worker.answers_objective import AnswersObjective
from QualityFinetuneLib.engine.worker.objectives import objective_for
from QualityFinetuneLib.engine.worker.segmentation_objective import SegmentationObjective


@pytest.mark.parametrize("task", packaged_tasks(), ids=lambda task: task.name)
def test_masks_and_answers_are_learned_in_their_own_way(task, heard) -> None:
    job = SimpleNamespace(task=task, precision="fp32", options=SimpleNamespace(sampling="uniform"))
    network = SimpleNamespace(
        meta=SimpleNamespace(outputs=task.outputs), model=SimpleNamespace(supervision_weights=(1.0,))
    )
    found = objective_for(job, network, heard.context(), device=torch.device("cpu"))  # type: ignore[arg-type]
    assert isinstance(found, SegmentationObjective if task.segments else AnswersObjective)
    assert found.metric == task.metric
