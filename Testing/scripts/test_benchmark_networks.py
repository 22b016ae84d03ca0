from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

SMALL = ["--extents", "16", "16", "16", "--size", "atto"]


@pytest.fixture
def benchmark(script: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = script("benchmark_networks")
    monkeypatch.setattr(module.network_work, "HIDDEN", 16)
    monkeypatch.setattr(module.network_work, "LIGHT", 8)
    return module


@pytest.mark.parametrize("row", ["encoder", "upernet"])
def test_forward_variants_give_the_plain_output(benchmark: ModuleType, row: str, tmp_path: Path) -> None:
    options = benchmark._arguments(SMALL)
    found = {}
    for number, (name, variant) in enumerate(benchmark.variants_of(row, "cpu").items()):
        output = tmp_path / f"{number}.npy"
        benchmark.network_work.prepared(row, variant, options, output=output)()
        if not variant.light:
            found[name] = np.load(output)
    scale = np.abs(found["plain"]).max()
    assert np.abs(found["fp32"] - found["plain"]).max() < 1e-5 * scale
    assert 1e-6 * scale < np.abs(found["bf16"] - found["plain"]).max() < 5e-2 * scale


@pytest.mark.parametrize("row", ["classification", "segmentation"])
def test_training_variants_make_a_step(benchmark: ModuleType, row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = benchmark._arguments(SMALL)
    made: list[torch.nn.Module] = []
    network = benchmark.network_work.network

    def remembered(*given: object) -> torch.nn.Module:
        made.append(network(*given))
        return made[-1]

    monkeypatch.setattr(benchmark.network_work, "network", remembered)
    for variant in benchmark.variants_of(row, "cpu").values():
        work = benchmark.network_work.prepared(row, variant, options)
        before = {name: one.detach().clone() for name, one in made[-1].named_parameters()}
        work()
        changed = {name for name, one in made[-1].named_parameters() if not torch.equal(one, before[name])}
        assert changed
        assert any(name.startswith("encoder.") for name in changed) == (variant.encoder == "learns")


def test_a_gpu_is_asked_for_layouts_and_compiled_forms_too(benchmark: ModuleType) -> None:
    names = set(benchmark.variants_of("encoder", "cuda"))
    assert {"bf16", "bf16, channels last", "fp32, compiled"} <= names
    assert "bf16, compiled" not in benchmark.variants_of("segmentation", "cuda")


def test_sides_are_compared_and_written(
    benchmark: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["--rows", "encoder", "--only", "fp32", "--threads", "1", "--repeats", "1"]
    written = tmp_path / "found.json"
    monkeypatch.setattr(sys, "argv", ["benchmark_networks.py", *SMALL, *arguments, "--json", str(written)])
    benchmark.main()
    found = json.loads(written.read_text(encoding="utf-8"))
    assert [row["variant"] for row in found["rows"]] == ["plain", "fp32"]
    assert found["rows"][1]["error"] < 1e-5 and found["rows"][1]["seconds"] > 0 and found["rows"][1]["peak_mib"] > 0
