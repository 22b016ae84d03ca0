from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SMALL = (64, 64, 10)


@pytest.fixture
def benchmark(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("benchmark_import")


def test_both_sides_bring_a_simulated_dicom_exam_to_the_same_grid(benchmark: ModuleType, tmp_path: Path) -> None:
    folder = benchmark.simulated_dicom(tmp_path, size=SMALL)
    found = benchmark.compare(folder, repeats=1, threads=1, size=(32, 32, 16), spacing_mm=(1.0, 1.0, 2.0))
    assert set(found["correlation"]) == {"t2w", "hbv", "adc"}
    assert min(found["correlation"].values()) > 0.8
    assert min(found["ours_s"], found["monai_s"], found["with_scan_s"]) > 0
    assert found["files"] >= 15


def test_a_folder_without_a_whole_exam_is_refused(benchmark: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="needs an exam"):
        benchmark.series_of(tmp_path)


def test_correlation_looks_where_both_sides_have_something(benchmark: ModuleType) -> None:
    first = np.array([1.0, 2.0, 3.0, 0.0, 9.0])
    assert benchmark.correlation(first, np.array([2.0, 4.0, 6.0, 5.0, 0.0])) == pytest.approx(1.0)
