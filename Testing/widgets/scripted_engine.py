"""An engine that says what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.common.files import sha256_of
from QualityFinetuneLib.engine.protocol.events import Artifact, Cancelled, Done, Metric, Progress, Started, ends_job


class ScriptedEngine:
    """Satisfies `engine.client.interface.Engine`; one for a whole test, however many runs it does."""

    def __init__(self) -> None:
        self.jobs: list[Any] = []
        self.pythons: list[Path | None] = []
        self.cancels = 0
        self.closed = 0
        self.refuse: UserError | None = None
        self.stops_when_cancelled = True
        self._said: list[Any] = []
        self._running = False

    def __call__(self, python: Path | None) -> ScriptedEngine:
        """So that it can be passed as the engine factory."""
        self.pythons.append(python)
        return self

    @property
    def running(self) -> bool:
        return self._running

    @property
    def job(self) -> Any:
        """The last job."""
        return self.jobs[-1]

    def start(self, job: Any) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.jobs.append(job)
        self._running = True

    def poll(self) -> list[Any]:
        said, self._said = self._said, []
        self._running = self._running and not any(ends_job(event) for event in said)
        return said

    def cancel(self) -> None:
        self.cancels += 1
        if self.stops_when_cancelled:
            self.say(Cancelled())

    def close(self, *, timeout_s: float = 10.0) -> None:
        self.closed += 1
        if self._running and self.stops_when_cancelled:
            self.say(Cancelled())

    def say(self, *events: Any) -> None:
        """The next poll hands these out."""
        self._said += events

    def say_started(self) -> None:
        """What every worker says first."""
        self.say(Started(kind=self.job.kind, pid=1, device="CPU", versions={"torch": "0"}))

    def say_trained(self, dices: list[float]) -> None:
        """A finetune from start to end with these validation values, one an epoch."""
        self.say_started()
        for epoch, dice in enumerate(dices, start=1):
            self.say(
                Progress(done=epoch, total=len(dices), unit="epoch", eta_s=60.0 * (len(dices) - epoch)),
                Metric(name="loss", value=1.0 - dice, epoch=epoch),
                Metric(name="learning_rate", value=1e-3, epoch=epoch),
                Metric(name="dice", value=0.1, epoch=epoch, stratum="low"),
                Metric(name="dice", value=dice, epoch=epoch, stratum="all"),
            )
        weights = self.job.output / "best" / "model.safetensors"
        weights.parent.mkdir(parents=True, exist_ok=True)
        weights.write_bytes(b"weights")
        self.say(Artifact(role="model", path=weights, sha256=sha256_of(weights)), Done(elapsed_s=12.0))

    def say_predicted(self) -> None:
        """A prediction that gives each case its own reviewed mask back."""
        self.say_started()
        for number, case in enumerate(self.job.cases, start=1):
            path = self.job.output / "predictions" / f"{case.id}.nrrd"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.masks[case.id].read_bytes())
            self.say(
                Artifact(role="prediction", path=path, sha256=sha256_of(path), case=case.id),
                Progress(done=number, total=len(self.job.cases), unit="case"),
            )
        self.say(Done(elapsed_s=3.0))

    masks: dict[str, Path] = {}
    """By the id of a case in a job: what `say_predicted` hands out."""


class ObedientEngine(ScriptedEngine):
    """Does each job at once, with made-up results; a finetune of many epochs goes on until it is cancelled."""

    LONG = 100

    def start(self, job: Any) -> None:
        super().start(job)
        if job.kind == "finetune":
            if job.options.epochs < self.LONG:
                self.say_trained([0.4, 0.6])
            else:
                self.say_started()
            self.masks.update({case.id: case.label for case in (*job.train, *job.validate_on)})
        elif job.kind == "predict":
            self.masks = {case.id: case.images["t2w"] for case in job.cases}
            self.say_boxes()
        else:
            self.say_started()
            for stratum in ("all", "high", "low"):
                self.say(Metric(name="dice_mean", value=0.5, label="Gland", stratum=stratum))
            self.say(Done(elapsed_s=1.0))

    def say_boxes(self) -> None:
        """A prediction of a box in the middle of each T2w."""
        import numpy as np
        import SimpleITK as sitk

        for case_id, t2w in list(self.masks.items()):
            image = sitk.ReadImage(str(t2w))
            voxels = np.zeros(sitk.GetArrayViewFromImage(image).shape, np.uint8)
            z, y, x = (size // 2 for size in voxels.shape)
            voxels[z - 3 : z + 3, y - 15 : y + 15, x - 15 : x + 15] = 1
            mask = sitk.GetImageFromArray(voxels)
            mask.CopyInformation(image)
            path = self.job.output / "boxes" / f"{case_id}.nrrd"
            path.parent.mkdir(parents=True, exist_ok=True)
            sitk.WriteImage(mask, str(path), True)
            self.masks[case_id] = path
        self.say_predicted()
