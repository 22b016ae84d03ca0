"""The worst case decides, by the median of its turns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk


@pytest.fixture
def benchmark(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("benchmark_gland")


def a_mask(path: Path, *, voxels: int) -> str:
    values = np.zeros((4, 10, 10), dtype=np.uint8)
    values.flat[:voxels] = 1
    sitk.WriteImage(sitk.GetImageFromArray(values), str(path))
    return str(path)


def turns(folder: Path, ours_s: list[float]) -> list[dict[str, Any]]:
    masks = {"package": a_mask(folder / "p.nrrd", voxels=200), "ours": a_mask(folder / "o.nrrd", voxels=198)}
    return [
        {
            side: {"seconds": 10.0 if side == "package" else s, "mask": mask, "peak_mib": 900 + s, "before_mib": 400}
            for side, mask in masks.items()
        }
        for s in ours_s
    ]


def held(benchmark: ModuleType, rows: list[dict[str, Any]]) -> list[bool]:
    return [promise["held"] for promise in benchmark.summary_of(rows)["promises"]]


def test_one_disturbed_turn_does_not_count(benchmark: ModuleType, tmp_path: Path) -> None:
    row = benchmark.row_of("a", turns(tmp_path, [2.0, 9.0, 3.0]), tmp_path / "none.nii.gz")
    assert (row["ratio"], row["ours_turns_s"]) == (0.3, [2.0, 9.0, 3.0])
    assert row["dice"] == pytest.approx(2 * 198 / 398)
    assert row["ours_mib"] == 509
    assert "picai_ours" not in row
    assert held(benchmark, [row | {"dice": 0.999}]) == [True, True]


def test_the_worst_case_breaks_the_promise(benchmark: ModuleType, tmp_path: Path) -> None:
    good = benchmark.row_of("a", turns(tmp_path, [2.0]), tmp_path / "none.nii.gz") | {"dice": 0.999}
    assert held(benchmark, [good, good | {"ratio": 0.36}, good]) == [False, True]
    assert held(benchmark, [good, good | {"dice": 0.9949}]) == [True, False]


def test_a_reference_judges_both(benchmark: ModuleType, tmp_path: Path) -> None:
    reference = Path(a_mask(tmp_path / "r.nrrd", voxels=100))
    row = benchmark.row_of("a", turns(tmp_path, [2.0]), reference)
    assert (row["picai_package"], row["picai_ours"]) == pytest.approx((2 * 100 / 300, 2 * 100 / 298))
    assert f"{row['picai_ours']:.4f}" in benchmark.told(row)
