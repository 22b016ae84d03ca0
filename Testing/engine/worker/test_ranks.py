"""What torchrun's variables say of a process."""

from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.engine.worker.ranks import own_device, own_rank, wanted_ranks


def test_without_torchrun_a_process_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WORLD_SIZE", "RANK", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert (wanted_ranks(), own_rank(), own_device("auto")) == (1, 0, "auto")


@pytest.mark.parametrize(
    ("gpu", "asked", "found"),
    [(True, "auto", "cuda:3"), (True, "cuda", "cuda:3"), (True, "cpu", "cpu"), (False, "auto", "auto")],
)
def test_each_process_has_a_gpu_of_its_own(
    monkeypatch: pytest.MonkeyPatch, gpu: bool, asked: str, found: str
) -> None:
    for name, value in (("WORLD_SIZE", "8"), ("RANK", "7"), ("LOCAL_RANK", "3")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    assert (wanted_ranks(), own_rank(), own_device(asked)) == (8, 7, found)
