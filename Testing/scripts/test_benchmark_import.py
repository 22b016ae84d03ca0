"""A correct import agrees with MONAI's at the same points; half a voxel aside, mirrored or swapped it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

SMALL: dict[str, Any] = {"size": (32, 32, 16), "spacing_mm": (1.0, 1.0, 2.0)}


@pytest.fixture
def benchmark(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("benchmark_import")


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exam")


@pytest.fixture
def folder(exam: Path, benchmark: ModuleType) -> Path:
    there = exam / "dicom"
    return there if there.is_dir() else benchmark.simulated_dicom(exam, size=(64, 64, 10))


def broken(benchmark: ModuleType, found: dict[str, Any]) -> list[str]:
    return [one["name"] for one in benchmark.promises(found) if not one["held"]]


def test_both_sides_give_the_same_values_at_the_same_points(benchmark: ModuleType, folder: Path) -> None:
    found = benchmark.compare(folder, repeats=1, threads=1, **SMALL)
    assert list(found["correlation"]) == ["t2w", "hbv", "adc"]
    assert min(found["correlation"].values()) > 1 - 1e-9
    assert min(found["ours_s"], found["monai_s"], found["with_scan_s"]) > 0
    assert found["corners_apart_mm"] <= found["slices_apart_mm"] == pytest.approx(3.0)
    assert found["files"] == 30
    assert not broken(benchmark, found | {"ours_s": 1.0, "with_scan_s": 1.0, "monai_s": 2.0})


def test_a_result_in_the_wrong_place_breaks_the_promise_in_every_channel(benchmark: ModuleType, folder: Path) -> None:
    series = benchmark.series_of(folder)
    right = benchmark.monai_pipeline(series, **SMALL)()
    half = [right.affine @ np.block([[np.eye(3), 0.5 * np.eye(3)[:, [a]]], [np.zeros(3), 1.0]]) for a in range(3)]
    wrong = {f"half a voxel along {'xyz'[a]}": replace(right, affine=moved) for a, moved in enumerate(half)}
    wrong |= {f"mirrored in {'zyx'[a]}": replace(right, image=np.flip(right.image, a + 1)) for a in range(3)}
    wrong["left taken for right"] = replace(right, affine=np.diag([-1.0, 1.0, 1.0, 1.0]) @ right.affine)
    wrong["empty"] = replace(right, image=np.zeros_like(right.image))
    for name, result in wrong.items():
        found = benchmark.agreement(series, result, **SMALL)
        told = broken(benchmark, found | {"ours_s": 1.0, "with_scan_s": 1.0, "monai_s": 2.0})
        assert [t for t in told if t.startswith("correlation")] == [
            f"correlation of {role} at the same points" for role in ("t2w", "hbv", "adc")
        ], name
        assert ("mm between corners of the grids" in told) == (name == "left taken for right"), name


def test_slower_than_monai_breaks_a_promise(benchmark: ModuleType) -> None:
    agreed = {"correlation": {}, "corners_apart_mm": 1.0, "slices_apart_mm": 3.0}
    assert broken(benchmark, agreed | {"ours_s": 1.0, "with_scan_s": 2.0, "monai_s": 1.5}) == [
        "times as fast, finding included"
    ]


def test_a_folder_without_a_whole_exam_is_refused(benchmark: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="needs an exam"):
        benchmark.series_of(tmp_path)
