from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.degradations import CaseImage


@pytest.fixture
def table(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("measure_by_degradation")


def test_correlations_follow_the_order_of_severity(table: ModuleType) -> None:
    rising = [1.0, 2.0, 5.0, 5.5, 7.0, 9.0]
    assert table.correlation(rising) == pytest.approx(1)
    assert table.correlation(rising[::-1]) == pytest.approx(-1)
    assert table.correlation([math.nan, *rising[1:]]) == pytest.approx(1)
    assert table.correlation([math.nan, math.nan, *rising[2:]]) is None
    assert table.correlation([3.0] * 6) == 0


def test_a_claim_needs_a_high_median_and_no_weak_run(table: ModuleType) -> None:
    verdicts = [
        table._claim("noise_local", "noise", found).rsplit("|", 2)[1].strip()
        for found in ([1, 1, 0.9], [1, 1, 0.7], [1, 1, 0.5], [0.8, 0.8, 1], [])
    ]
    assert verdicts == ["monotone", "monotone", "not monotone", "not monotone", "not defined in any run"]
    assert "| 1.00 | 0.90 | 3 of 3 |" in table._claim("snr", "noise", [-1, -1, -0.9])


def test_values_come_back_from_their_file(table: ModuleType, tmp_path: Path) -> None:
    rows = [table.Row("A", "noise", 1, "snr", (1.0, 0.1 + 0.2, 3.0, 4.0, 5.0, math.nan))]
    table.write_values(tmp_path / "values.csv", rows)
    (back,) = table.read_values(tmp_path / "values.csv")
    assert (back.case, back.kind, back.seed, back.measure) == ("A", "noise", 1, "snr")
    assert np.array_equal(back.values, rows[0].values, equal_nan=True)
    assert table.table_of([back]) == {("snr", "noise"): [pytest.approx(0.9)]}


def test_only_the_tables_of_a_page_are_replaced(table: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", encoding="utf-8")
    table.write_document(page, "new")
    assert page.read_text(encoding="utf-8") == f"before\n{table.BEGIN}\n\nnew\n\n{table.END}\nafter\n"


def test_the_highest_b_value_is_compared_with_the_lowest_after_eddy_currents(table: ModuleType) -> None:
    image = sitk.Image(2, 2, 2, sitk.sitkFloat32)
    scan = [CaseImage(role=Role.DWI, image=image + b, b_value=float(b), calculated=False) for b in (400, 50, 800)]
    images = [CaseImage(role=Role.T2W, image=image), *scan, CaseImage(role=Role.ADC, image=image)]
    assert table.shown_of(images, "eddy").b_value == 800
    assert table.shown_of(images, "epi_distortion").b_value == 50
    assert table.shown_of(images, "adc_noise").role is Role.ADC
    assert table.shown_of(images, "motion").role is Role.T2W
    assert table.lower_than(scan[2], images) is scan[1].image
    assert table.lower_than(scan[1], images) is None
