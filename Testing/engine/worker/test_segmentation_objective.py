"""Segmentation as an objective: its target is the mask as shown, its kinds are the labels that a case has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import SimpleITK as sitk
import torch

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, FinetuneJob
from QualityFinetuneLib.engine.worker.losses import SegmentationLoss
from QualityFinetuneLib.engine.worker.network import network_to_train
from QualityFinetuneLib.engine.worker.objectives import objective_for
from QualityFinetuneLib.engine.worker.segmentation_objective import SegmentationObjective


@pytest.fixture
def objective(finetune_job: Callable[..., FinetuneJob], heard) -> SegmentationObjective:
    job = finetune_job()
    network = network_to_train(
        job.model, job.task, options=job.options, seed=0, simulated=False, context=heard.context()
    )
    found = objective_for(job, network, heard.context(), device=torch.device("cpu"))
    assert isinstance(found, SegmentationObjective)
    return found


def only(case: CaseFiles, value: int, folder: Path) -> CaseFiles:
    """The case with one label left in its mask."""
    mask = sitk.ReadImage(str(case.label))
    path = folder / f"only-{value}.nrrd"
    sitk.WriteImage(sitk.Cast(mask == value, sitk.sitkUInt8) * value, str(path))
    return case.model_copy(update={"label": path})


def test_the_kinds_of_a_case_are_its_labels(objective: SegmentationObjective, exams, tmp_path: Path) -> None:
    kinds = [
        objective.kinds(objective.prepare(case))
        for case in (exams[0], only(exams[0], 2, tmp_path), only(exams[0], 7, tmp_path))
    ]
    assert kinds == [{"PZ", "TZ"}, {"TZ"}, {"background"}]


def test_the_target_is_the_mask_as_shown_and_the_loss_is_dice_with_cross_entropy(
    objective: SegmentationObjective, exams
) -> None:
    case = objective.prepare(exams[0])
    label = torch.randint(0, 3, (1, 8, 8, 8), generator=torch.Generator().manual_seed(0))
    assert objective.target(case, label) is label
    logits = torch.randn(1, 3, 8, 8, 8, generator=torch.Generator().manual_seed(1))
    expected = SegmentationLoss(outputs=3, weights=(1.0,))(logits, label[None])
    assert torch.equal(objective.loss(logits, label[None]), expected)


def test_a_dice_is_told_as_it_is(objective: SegmentationObjective) -> None:
    assert objective.metric == "dice" and objective.told(0.75) == 0.75
    assert objective.facts(0.75) == {"validation_dice": 0.75}


def test_a_cohort_of_empty_masks_is_refused(objective: SegmentationObjective, exams, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        objective.check([objective.prepare(only(exams[0], 7, tmp_path))])
    assert caught.value.code is ErrorCode.NO_LABEL
