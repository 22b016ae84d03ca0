"""Tiny exams and a tiny network, so that real workers train in a second or two."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import yaml

from fixtures.tiny_card import write_tiny_card
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import Task, load_task
from QualityFinetuneLib.engine.client.process import WorkerProcess
from QualityFinetuneLib.engine.protocol.events import AnyEvent, ends_job
from QualityFinetuneLib.engine.protocol.jobs import (
    CaseFiles,
    EvaluateJob,
    FinetuneJob,
    ModelChoice,
    PredictJob,
    PretrainJob,
    PretrainOptions,
    TrainOptions,
)
from QualityFinetuneLib.engine.worker.context import JobContext

SIZE = (26, 22, 8)
SPACING_MM = (2.0, 2.0, 3.0)


def oblique(degrees: float = 20.0) -> tuple[float, ...]:
    """Direction cosines of slices tilted about the left-right axis."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return (1.0, 0.0, 0.0, 0.0, float(c), float(-s), 0.0, float(s), float(c))


def make_exam(folder: Path, name: str, *, seed: int, quality: str | None = None, empty: bool = False) -> CaseFiles:
    """A bright ellipsoid (zone 1) around a dark core (zone 2) in noise, slices tilted, and its zones mask."""
    random = np.random.default_rng(seed)
    z, y, x = np.meshgrid(*(np.arange(n) for n in SIZE[::-1]), indexing="ij")
    centre = np.array(SIZE[::-1]) / 2 + random.uniform(-1, 1, 3)
    distance = np.sqrt(((z - centre[0]) / 3) ** 2 + ((y - centre[1]) / 7) ** 2 + ((x - centre[2]) / 8) ** 2)
    zones = (distance < 1).astype(np.uint8) + (distance < 0.55)
    values = np.choose(zones, [100.0, 220.0, 40.0]) + random.normal(0, 12, zones.shape)
    image = sitk.GetImageFromArray(values.astype(np.float32))
    image.SetSpacing(SPACING_MM)
    image.SetOrigin((-31.7, 12.25, 101.5))
    image.SetDirection(oblique())
    mask = sitk.GetImageFromArray(zones * 0 if empty else zones)
    mask.CopyInformation(image)
    folder.mkdir(parents=True, exist_ok=True)
    t2w, label = folder / f"{name}-t2w.nrrd", folder / f"{name}-zones.nrrd"
    sitk.WriteImage(image, str(t2w))
    sitk.WriteImage(mask, str(label))
    return CaseFiles(id=name, images={Role.T2W: t2w}, label=label, quality=quality)


@pytest.fixture(autouse=True)
def _few_threads() -> Iterator[None]:
    """Tiny networks are fastest on one thread; whatever a job sets is undone."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    torch.use_deterministic_algorithms(False)


@pytest.fixture(scope="session")
def zones() -> Task:
    """The packaged task with two labels."""
    return load_task("zones")


@pytest.fixture(scope="session")
def exams(tmp_path_factory: pytest.TempPathFactory) -> tuple[CaseFiles, ...]:
    """Five exams, the first three of high quality."""
    folder = tmp_path_factory.mktemp("exams")
    return tuple(
        make_exam(folder, f"case-{number}", seed=number, quality="high" if number < 3 else "low")
        for number in range(5)
    )


@pytest.fixture(scope="session")
def tiny_card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Card of a small SegResNet that slides over the exam."""
    return write_tiny_card(tmp_path_factory.mktemp("cards"))


@pytest.fixture(scope="session")
def tiny_weights(tiny_card: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that fits the tiny card, standing in for pretrained weights."""
    import torch
    from safetensors.torch import save_file

    from QualityFinetuneLib.models.build import build

    torch.manual_seed(7)
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_file(build("segresnet_ds", outputs=3, in_channels=1, init_filters=8).state_dict(), path)
    return path


@pytest.fixture(scope="session")
def tiny_profound(tmp_path_factory: pytest.TempPathFactory) -> ModelChoice:
    """The smallest ProFound network, for a small whole volume, with weights to start from."""
    import torch
    from safetensors.torch import save_file

    from QualityFinetuneLib.models.build import build
    from QualityFinetuneLib.models.registry import card

    folder = tmp_path_factory.mktemp("profound")
    options: dict[str, object] = {"size": "atto", "hidden": 8, "auxiliary_hidden": 8}
    small = card("profound_conv").model_copy(
        update={"patch": (32, 32, 16), "spacing_mm": (2.0, 2.0, 3.0), "options": options}
    )
    (folder / "card.yaml").write_text(yaml.safe_dump(small.model_dump(mode="json")), encoding="utf-8")
    torch.manual_seed(8)
    save_file(build("profound_conv", outputs=3, in_channels=3, **options).state_dict(), folder / "w.safetensors")
    return ModelChoice(card=str(folder / "card.yaml"), weights=folder / "w.safetensors")


@pytest.fixture
def finetune_job(
    exams: tuple[CaseFiles, ...], tiny_card: Path, tiny_weights: Path, zones: Task, tmp_path: Path
) -> Callable[..., FinetuneJob]:
    """Makes a finetune job of three training and one validation case; keyword arguments change job or options."""

    def make(**changes: object) -> FinetuneJob:
        options = {name: changes.pop(name) for name in list(changes) if name in TrainOptions.model_fields}
        defaults: dict[str, object] = {"mode": "scratch", "epochs": 3, "learning_rate": 5e-3}
        values: dict[str, object] = {
            "output": tmp_path / "run",
            "device": "cpu",
            "threads": 1,
            "precision": "fp32",
            "model": ModelChoice(card=str(tiny_card), weights=tiny_weights),
            "task": zones,
            "train": exams[:3],
            "validate_on": exams[3:4],
            "options": TrainOptions.model_validate(defaults | options),
        }
        return FinetuneJob.model_validate(values | changes)

    return make


@pytest.fixture
def pretrain_job(exams: tuple[CaseFiles, ...], tiny_card: Path, tmp_path: Path) -> Callable[..., PretrainJob]:
    """Three exams to learn from and one held out, images alone; keyword arguments change job or options."""
    images = [case.model_copy(update={"label": None}) for case in exams]

    def make(**changes: object) -> PretrainJob:
        options = {name: changes.pop(name) for name in list(changes) if name in PretrainOptions.model_fields}
        defaults = {"epochs": 3, "decoder_width": 16, "learning_rate": 3e-3}
        values: dict[str, object] = {
            "output": tmp_path / "run",
            "device": "cpu",
            "threads": 1,
            "precision": "fp32",
            "model": ModelChoice(card=str(tiny_card)),
            "cases": images[:3],
            "hold_out": images[3:4],
            "options": PretrainOptions.model_validate(defaults | options),
        }
        return PretrainJob.model_validate(values | changes)

    return make


@pytest.fixture
def predict_job(
    exams: tuple[CaseFiles, ...], tiny_card: Path, tiny_weights: Path, zones: Task, tmp_path: Path
) -> PredictJob:
    """Predict two cases with the stand-in weights."""
    return PredictJob(
        output=tmp_path / "predicted",
        device="cpu",
        threads=1,
        model=ModelChoice(card=str(tiny_card), weights=tiny_weights),
        task=zones,
        cases=exams[:2],
    )


class Heard(list[AnyEvent]):
    """Events of a job run inside the test's own process."""

    def context(self, **options: object) -> JobContext:
        return JobContext(self.append, **options)  # type: ignore[arg-type]

    def of(self, kind: str) -> list[AnyEvent]:
        return [event for event in self if event.event == kind]


@pytest.fixture
def heard() -> Heard:
    """Collects events; `heard.context()` goes to the job."""
    return Heard()


@pytest.fixture
def evaluate_job(exams: tuple[CaseFiles, ...], zones: Task, tmp_path: Path) -> EvaluateJob:
    """Judge two perfect predictions; needs no torch, so its worker starts at once."""
    cases = tuple(case.model_copy(update={"prediction": case.label}) for case in exams[:2])
    return EvaluateJob(output=tmp_path / "evaluated", task=zones, cases=cases)


@pytest.fixture
def fake_python(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a program that stands in for Python and behaves as the given shell lines say."""

    def make(lines: str) -> Path:
        path = tmp_path / "fake-python"
        path.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def worker() -> Iterator[WorkerProcess]:
    """A client on this Python, closed after the test."""
    client = WorkerProcess()
    yield client
    client.close(timeout_s=0.0)


@pytest.fixture
def until() -> Callable[[WorkerProcess, Callable[[AnyEvent], bool]], list[AnyEvent]]:
    """Polls a client until an event is wanted, and returns the events up to then."""

    def poll_until(client: WorkerProcess, wanted: Callable[[AnyEvent], bool]) -> list[AnyEvent]:
        events: list[AnyEvent] = []
        deadline = time.monotonic() + 240.0
        while not any(wanted(event) for event in events):
            assert client.running and time.monotonic() < deadline, f"it never came; heard {events[-3:]}"
            events += client.wait(timeout_s=0.2)
        return events

    return poll_until


@pytest.fixture
def finish(until: Callable[..., list[AnyEvent]]) -> Callable[[WorkerProcess], list[AnyEvent]]:
    """Polls a client until its final event, and returns the events."""
    return lambda client: until(client, ends_job)
