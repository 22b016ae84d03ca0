"""Each packaged task trains, predicts and is evaluated on the simulated cohort, with a tiny network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
import yaml

from QualityFinetuneLib.cases.answers import check_numbers, numbers_of
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import Task, packaged_tasks
from QualityFinetuneLib.engine.protocol.answer_file import read_answer
from QualityFinetuneLib.engine.protocol.jobs import (
    CaseFiles,
    EvaluateJob,
    FinetuneJob,
    ModelChoice,
    PredictJob,
    TrainOptions,
)
from QualityFinetuneLib.engine.worker import training
from QualityFinetuneLib.engine.worker.evaluate import evaluate
from QualityFinetuneLib.engine.worker.finetune import finetune
from QualityFinetuneLib.engine.worker.predict import predict
from QualityFinetuneLib.models.meta import read_meta

CPU = torch.device("cpu")


@pytest.fixture(scope="session")
def tiny_exam_card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Card of a small SegResNet that reads all three series."""
    path = tmp_path_factory.mktemp("cards") / "tiny_exam.yaml"
    card = {
        "name": "tiny_exam",
        "title": "Tiny network",
        "architecture": "segresnet_ds",
        "source": "tests",
        "citation": "none",
        "licence": "Apache-2.0",
        "inputs": ["t2w", "hbv", "adc"],
        "spacing_mm": [4.0, 4.0, 4.0],
        "patch": [24, 24, 8],
        "whole_volume": False,
        "orientation": "RAS",
        "axes": "xyz",
        "normalisation": "zscore_nonzero",
        "task": None,
        "options": {"init_filters": 8},
        "weights": {"kind": "none"},
    }
    path.write_text(yaml.safe_dump(card), encoding="utf-8")
    return path


def pelvis(folder: Path, target: Path) -> Path:
    """Eight structures out of an exam's gland and zones: blocks around the gland, the zones within."""
    gland, zones = (sitk.ReadImage(str(folder / f"{name}.nrrd")) for name in ("gland", "zones"))
    inside, parts = sitk.GetArrayFromImage(gland) > 0, sitk.GetArrayFromImage(zones)
    values = np.zeros(inside.shape, np.uint8)
    depth, height, width = values.shape
    blocks = [
        (1, np.s_[:, : height // 4, width // 4 : -width // 4]),
        (2, np.s_[:, :, : width // 8]),
        (3, np.s_[:, height // 3 : -height // 3, width // 8 : width // 5]),
        (6, np.s_[:, -height // 5 :, width // 3 : -width // 3]),
        (7, np.s_[-depth // 4 :, height // 2 : -height // 4, width // 3 : -width // 3]),
        (8, np.s_[:, -height // 3 : -height // 4, -width // 3 : -width // 4]),
    ]
    for value, block in blocks:
        values[block] = value
    values[inside] = 5
    values[parts == 2] = 4
    assert set(np.unique(values)) == set(range(9))
    mask = sitk.GetImageFromArray(values)
    mask.CopyInformation(gland)
    sitk.WriteImage(mask, str(target))
    return target


ANSWERS = {
    "pi_rads": [5, 2, 4, 3, 2, 4],
    "isup": [0, 3, 1, 5, 2, 0],
    "prostate_volume": [30.0, 90.0, 45.0, 60.0, 38.0, 52.0],
}


@pytest.fixture
def cases(cohort: Path, tmp_path: Path) -> Callable[[Task], list[CaseFiles]]:
    """The cohort's six exams with what is known of them for a task."""

    def of(task: Task) -> list[CaseFiles]:
        found = []
        for number, folder in enumerate(sorted(path for path in cohort.iterdir() if path.is_dir())):
            label = None
            if task.segments:
                label = folder / f"{task.name}.nrrd"
                if task.name == "pelvic_anatomy":
                    label = pelvis(folder, tmp_path / f"{folder.name}.nrrd")
            found.append(
                CaseFiles(
                    id=folder.name,
                    images={role: folder / f"{role.value}.nrrd" for role in (Role.T2W, Role.ADC, Role.HBV)},
                    label=label,
                    answer=None if task.segments else (float(ANSWERS[task.name][number]),),
                    quality="high" if number % 2 else "low",
                    simulated=True,
                )
            )
        return found

    return of


@pytest.mark.parametrize("task", packaged_tasks(), ids=lambda task: task.name)
def test_a_packaged_task_trains_predicts_and_is_evaluated(
    task: Task, cases: Callable[[Task], list[CaseFiles]], tiny_exam_card: Path, tmp_path: Path, heard
) -> None:
    exams = cases(task)
    finetune(
        FinetuneJob(
            output=tmp_path / "run",
            precision="fp32",
            model=ModelChoice(card=str(tiny_exam_card)),
            task=task,
            train=tuple(exams[:3]),
            validate_on=tuple(exams[3:5]),
            options=TrainOptions(mode="scratch", epochs=2, batch_size=2),
        ),
        heard.context(),
        device=CPU,
    )
    meta = read_meta(tmp_path / "run" / "best")
    assert (meta.task, meta.outputs) == (
        task.name,
        task.outputs if task.outputs == 1 or not task.segments else task.outputs + 1,
    )
    assert f"validation_{task.metric}" in meta.trained_on
    told = [event for event in heard.of("metric") if event.name == task.metric and event.epoch == 2]
    assert told

    model = ModelChoice(card="tiny", folder=tmp_path / "run" / "best")
    predict(
        PredictJob(output=tmp_path / "p", precision="fp32", model=model, task=task, cases=tuple(exams[4:])),
        heard.context(),
        device=CPU,
    )
    suffix = "nrrd" if task.segments else "json"
    predicted = [tmp_path / "p" / "predictions" / f"{case.id}.{suffix}" for case in exams[4:]]
    role = "prediction" if task.segments else "answer"
    assert [event.path for event in heard.of("artifact") if event.role == role] == predicted
    for path in predicted:
        if task.segments:
            assert set(np.unique(sitk.GetArrayFromImage(sitk.ReadImage(str(path))))) <= set(range(task.outputs + 1))
        else:
            numbers = numbers_of(task, read_answer(path).answer)
            if task.choices:
                check_numbers(task, numbers, whose="it")
                assert sum((read_answer(path).probabilities or {}).values()) == pytest.approx(1.0)

    judged = tuple(c.model_copy(update={"prediction": p}) for c, p in zip(exams[4:], predicted, strict=True))
    evaluate(EvaluateJob(output=tmp_path / "e", task=task, cases=judged), heard.context())
    summary = json.loads((tmp_path / "e" / "metrics.json").read_text())["summary"]
    assert task.metric in {row["metric"] for row in summary}
    assert {row["stratum"] for row in summary} == {"all", "high", "low"}


@pytest.mark.parametrize("mode", ["full", "frozen", "probe", "partial", "lora", "scratch"])
@pytest.mark.parametrize("task", packaged_tasks(), ids=lambda task: task.name)
def test_every_mode_trains_and_predicts_every_task(
    task: Task,
    mode: str,
    cases: Callable[[Task], list[CaseFiles]],
    tiny_profound: ModelChoice,
    tmp_path: Path,
    heard,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What is told before a training takes longer here than the training.
    monkeypatch.setattr(training, "tell_memory", lambda *_, **__: None)
    monkeypatch.setattr(training, "trial_of", lambda *_: None)
    exams = cases(task)
    learned = exams[:3] if task.name == "lesion" else exams[:1]  # not every exam has a lesion
    options = TrainOptions(
        mode=mode, epochs=1, steps_per_epoch=1, views=1, from_stage=2 if mode == "partial" else None
    )
    job = FinetuneJob(
        output=tmp_path / "run", precision="fp32", model=tiny_profound, task=task, train=tuple(learned),
        options=options,
    )  # fmt: skip
    finetune(job, heard.context(), device=CPU)
    assert read_meta(tmp_path / "run" / "best").mode == mode
    model = ModelChoice(card="tiny", folder=tmp_path / "run" / "best")
    predict(
        PredictJob(output=tmp_path / "p", precision="fp32", model=model, task=task, cases=tuple(exams[5:])),
        heard.context(),
        device=CPU,
    )
    role = "prediction" if task.segments else "answer"
    assert [event.case for event in heard.of("artifact") if event.role == role] == [exams[5].id]
