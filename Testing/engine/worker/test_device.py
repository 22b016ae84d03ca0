"""Devices by name."""

from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.worker import device as module
from QualityFinetuneLib.engine.worker.device import available, prepare_device


def test_the_cpu_is_always_available_and_last() -> None:
    assert available()[-1] == "cpu"


@pytest.mark.parametrize(
    ("there", "name", "expected"),
    [
        (["cpu"], "auto", "cpu"),
        (["mps", "cpu"], "auto", "cpu"),
        (["cuda:0", "cpu"], "auto", "cuda"),
        (["cuda:0", "cpu"], "cuda", "cuda:0"),
        (["cuda:0", "cuda:1", "cpu"], "cuda:1", "cuda:1"),
        (["mps", "cpu"], "mps", "mps"),
    ],
)
def test_a_device_is_chosen_by_name(
    monkeypatch: pytest.MonkeyPatch, there: list[str], name: str, expected: str
) -> None:
    monkeypatch.setattr(module, "available", lambda: there)
    assert prepare_device(name, threads=None) == torch.device(expected)


@pytest.mark.parametrize("name", ["cuda", "mps", "tpu"])
def test_a_device_that_is_not_there_is_told_with_what_is(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(module, "available", lambda: ["cpu"])
    with pytest.raises(UserError, match="cpu") as caught:
        prepare_device(name, threads=None)
    assert caught.value.code is ErrorCode.NO_DEVICE


def test_threads_are_set_when_asked_for() -> None:
    prepare_device("cpu", threads=2)
    assert torch.get_num_threads() == 2
