"""Validation is measured on the T2w's grid and told per case, label and stratum."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch

from QualityFinetuneLib.cases.tasks import Task
from QualityFinetuneLib.engine.protocol.events import Metric
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles
from QualityFinetuneLib.engine.worker.preparing import prepare
from QualityFinetuneLib.engine.worker.validating import conclude, judge
from QualityFinetuneLib.models.meta import ModelMeta
from QualityFinetuneLib.models.registry import card


@pytest.fixture
def meta(tiny_card: Path) -> ModelMeta:
    made = ModelMeta.from_card(card(str(tiny_card)), name="m", task="t", labels=(), outputs=3, mode="full")
    return made.model_copy(update={"whole_volume": True, "patch": (26, 22, 8)})


def run(cases: tuple[CaseFiles, ...], meta: ModelMeta, task: Task, heard, *, right: bool) -> float | None:
    """Validate a network that knows the answer (or always says background)."""
    prepared = [prepare(case, meta=meta, task=task, context=heard.context(), with_label=True) for case in cases]
    answers = iter(prepared)

    def forward(images: torch.Tensor) -> torch.Tensor:
        label = torch.from_numpy(next(answers).label).long() * right
        return 20 * torch.nn.functional.one_hot(label, 3).movedim(-1, 0)[None].float()

    device = torch.device("cpu")
    found = [
        judge(forward, case, meta=meta, task=task, device=device, precision="fp32", context=heard.context())
        for case in prepared
    ]
    assert pickle.loads(pickle.dumps(found)) == found, "it goes from process to process"  # noqa: S301
    return conclude(found, task=task, context=heard.context(), epoch=4)


def test_the_right_answer_scores_one_for_every_case_label_and_stratum(
    exams: tuple[CaseFiles, ...], zones: Task, meta: ModelMeta, heard
) -> None:
    assert run(exams[2:4], meta, zones, heard, right=True) == pytest.approx(1.0)
    told = [(e.case, e.label, e.stratum) for e in heard if isinstance(e, Metric)]
    assert told == [
        ("case-2", "PZ", "high"),
        ("case-2", "TZ", "high"),
        ("case-3", "PZ", "low"),
        ("case-3", "TZ", "low"),
        (None, "PZ", "all"),
        (None, "TZ", "all"),
        (None, None, "high"),
        (None, None, "low"),
        (None, None, "all"),
    ]
    assert {e.epoch for e in heard if isinstance(e, Metric)} == {4}


def test_finding_nothing_scores_zero(exams: tuple[CaseFiles, ...], zones: Task, meta: ModelMeta, heard) -> None:
    assert run(exams[:1], meta, zones, heard, right=False) == 0.0


def test_cases_without_any_label_have_no_score_but_a_reason(
    exams: tuple[CaseFiles, ...], zones: Task, meta: ModelMeta, heard, tmp_path: Path
) -> None:
    import SimpleITK as sitk

    sitk.WriteImage(sitk.ReadImage(str(exams[0].label)) * 0, str(tmp_path / "empty.nrrd"))
    case = exams[0].model_copy(update={"label": tmp_path / "empty.nrrd"})
    assert run((case,), meta, zones, heard, right=False) is None
    assert all(e.value is None and e.why for e in heard if isinstance(e, Metric))
