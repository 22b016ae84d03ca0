"""Processors in words."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from QualityFinetuneLib.engine.client.devices import Device
from QualityFinetuneLib.widgets.computer import device_choices, runs_elsewhere

CARD = Device(name="cuda:0", title="Graphics card", memory_gib=23.6, bf16=True)
CPU = Device(name="cpu", title="Processor", memory_gib=None, bf16=False)


def test_the_automatic_choice_says_what_it_means() -> None:
    assert device_choices([CARD, CPU]) == [
        ("Automatic: Graphics card", "auto"),
        ("Graphics card, 24 GiB", "cuda:0"),
        ("Processor", "cpu"),
    ]


@pytest.mark.parametrize("nothing", [None, []])
def test_while_looking_there_is_only_the_automatic_choice(nothing: list[Device] | None) -> None:
    assert device_choices(nothing) == [("Automatic", "auto")]


def test_the_present_python_is_not_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUALITYFINETUNE_PYTHON", raising=False)
    assert not runs_elsewhere(None)
    assert not runs_elsewhere(Path(sys.executable))
