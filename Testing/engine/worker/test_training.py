"""A training put together: its thread never stays, whatever ends it, and a bad case ends it with its own words."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import torch

from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob
from QualityFinetuneLib.engine.worker.context import Stopped
from QualityFinetuneLib.engine.worker.finetune import finetune
from QualityFinetuneLib.engine.worker.patches import Patches

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _no_thread_stays():
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "loader"]


def test_a_stop_ends_the_loader_too(finetune_job: Callable[..., FinetuneJob], heard) -> None:
    def asked() -> bool:
        return sum(event.event == "progress" and event.unit == "step" for event in heard) > 2

    with pytest.raises(Stopped):
        finetune(finetune_job(epochs=50), heard.context(asked_to_stop=asked), device=CPU)


def test_what_goes_wrong_while_cutting_ahead_is_raised_as_it_was(
    finetune_job: Callable[..., FinetuneJob], heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Patches.get

    def broken(self: Patches, shown, patch):
        if threading.current_thread().name == "loader":
            raise OSError("the disk with the exams is gone")
        return real(self, shown, patch)

    monkeypatch.setattr(Patches, "get", broken)
    with pytest.raises(OSError, match="the disk with the exams is gone"):
        finetune(finetune_job(epochs=1), heard.context(), device=CPU)


def test_rarer_classes_are_shown_more_often(
    finetune_job: Callable[..., FinetuneJob], exams, heard, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import SimpleITK as sitk

    sitk.WriteImage(sitk.ReadImage(str(exams[0].label)) * 0, str(tmp_path / "empty.nrrd"))
    empty = exams[0].model_copy(update={"label": tmp_path / "empty.nrrd"})
    shown: list[int] = []
    real = Patches.get
    monkeypatch.setattr(Patches, "get", lambda self, one, patch: (shown.append(one.case), real(self, one, patch))[1])
    job = finetune_job(train=(empty, *exams[1:4]), epochs=1, steps_per_epoch=24, sampling="class_balanced")
    finetune(job, heard.context(), device=CPU)
    assert 0.4 < shown.count(0) / len(shown) < 0.6
    assert set(shown) == {0, 1, 2, 3}
