"""Devices are found by asking the engine's Python, and torch stays out of this process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.client import devices
from QualityFinetuneLib.engine.client.devices import probe, quick_look

ANSWER = {
    "torch": "2.13.0",
    "threads": 8,
    "devices": [{"name": "cpu", "title": "EPYC", "memory_bytes": None, "bf16": True}],
}
CUDA = {"name": "cuda:0", "title": "A100", "memory_bytes": 40 * 1024**3, "bf16": True}


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_known", {})


def test_the_cpu_is_always_there_and_last() -> None:
    found = probe()
    assert found[-1].name == "cpu" and found[-1].title


def test_the_client_imports_neither_torch_nor_monai() -> None:
    code = (
        "import sys, QualityFinetuneLib.engine.client.run, QualityFinetuneLib.engine.client.devices;"
        "sys.exit(any(name in sys.modules for name in ('torch', 'monai')))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_each_python_is_asked_once(fake_python: Callable[[str], Path], tmp_path: Path) -> None:
    python = fake_python(f"echo asked >> {tmp_path}/log; echo '{json.dumps(ANSWER)}'")
    assert probe(python=python) == probe(python=python)
    assert (tmp_path / "log").read_text().count("asked") == 1
    probe(python=python, refresh=True)
    assert (tmp_path / "log").read_text().count("asked") == 2


def test_a_graphics_card_has_its_memory_told(fake_python: Callable[[str], Path]) -> None:
    answer = ANSWER | {"devices": [CUDA, *ANSWER["devices"]]}
    gpu, cpu = probe(python=fake_python(f"echo 'a library greets'; echo '{json.dumps(answer)}'"))
    assert (gpu.name, gpu.memory_gib, cpu.memory_gib) == ("cuda:0", 40.0, None)


def test_a_card_that_this_torch_cannot_use_is_noted(
    fake_python: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "quick_look", lambda: ["RTX 4090"])
    (cpu,) = probe(python=fake_python(f"echo '{json.dumps(ANSWER)}'"))
    assert "RTX 4090" in cpu.note and "CUDA build" in cpu.note


def test_a_python_without_torch_is_told_as_missing_package(fake_python: Callable[[str], Path]) -> None:
    python = fake_python("echo \"ModuleNotFoundError: No module named 'torch'\" >&2; exit 1")
    with pytest.raises(UserError, match="No module named 'torch'") as caught:
        probe(python=python)
    assert caught.value.code is ErrorCode.MISSING_PACKAGE


def test_a_python_that_crashes_is_told_as_missing_package(fake_python: Callable[[str], Path]) -> None:
    with pytest.raises(UserError, match="SIGSEGV"):
        probe(python=fake_python("kill -11 $$"))


def test_a_python_that_hangs_is_not_waited_for(
    fake_python: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "_PROBE_TIMEOUT_S", 0.2)
    with pytest.raises(UserError):
        probe(python=fake_python("exec sleep 60"))


@pytest.mark.parametrize(
    ("lines", "cards"),
    [("echo 'NVIDIA A100'; echo 'NVIDIA T4'", ["NVIDIA A100", "NVIDIA T4"]), ("echo 'no driver'; exit 9", [])],
)
def test_the_drivers_tool_gives_a_quick_look(
    fake_python: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, lines: str, cards: list[str]
) -> None:
    tool = fake_python(lines)
    monkeypatch.setattr("shutil.which", lambda name: str(tool))
    assert quick_look() == cards


def test_without_the_drivers_tool_there_is_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert quick_look() == []
