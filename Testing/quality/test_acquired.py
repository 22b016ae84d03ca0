"""Acquired resolution, worked out by hand from the two real exams' headers and from made-up ones."""

from __future__ import annotations

from typing import Any

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.acquired import field_of_view_mm, in_plane
from QualityFinetuneLib.quality.series_headers import SeriesHeaders


def headers(**changes: Any) -> SeriesHeaders:
    usual = {
        "Rows": 130,
        "Columns": 160,
        "PixelSpacing": [1.625, 1.625],
        "AcquisitionMatrix": [160, 0, 0, 98],
        "InPlanePhaseEncodingDirection": "COL",
        "PercentSampling": 75,
    }
    return SeriesHeaders(role=Role.DWI, headers={**usual, **changes})


def test_phase_along_columns_as_in_an_epi_with_a_rectangular_field_of_view() -> None:
    found = in_plane(headers())
    assert found is not None
    assert found.frequency_fov_mm == pytest.approx(260.0)
    assert found.phase_fov_mm == pytest.approx(211.25)
    assert found.frequency_mm == pytest.approx(1.625)
    assert found.phase_mm == pytest.approx(2.1556, abs=1e-4)


def test_phase_along_rows() -> None:
    along_rows = {"InPlanePhaseEncodingDirection": "ROW", "AcquisitionMatrix": [0, 128, 84, 0]}
    found = in_plane(headers(**along_rows, Rows=128, Columns=84, PixelSpacing=[2, 2]))
    assert found is not None
    assert (found.phase_fov_mm, found.frequency_fov_mm) == (168.0, 256.0)
    assert (found.phase_mm, found.frequency_mm) == (2.0, 2.0)


def test_interpolation_does_not_make_it_finer() -> None:
    coarse = in_plane(headers())
    interpolated = in_plane(headers(Rows=260, Columns=320, PixelSpacing=[0.8125, 0.8125]))
    assert coarse == interpolated


def test_enhanced_files_spell_the_direction_out() -> None:
    assert in_plane(headers(InPlanePhaseEncodingDirection="COLUMN")) == in_plane(headers())


def test_unequal_spacing_belongs_to_its_own_axis() -> None:
    assert field_of_view_mm(headers(Rows=100, Columns=200, PixelSpacing=[1.0, 0.5])) == (100.0, 100.0)
    assert field_of_view_mm(headers(Rows=100, Columns=100, PixelSpacing=[2.0, 1.0])) == (100.0, 200.0)


@pytest.mark.parametrize(
    "missing",
    [
        {"AcquisitionMatrix": None},
        {"AcquisitionMatrix": [160, 98]},
        {"AcquisitionMatrix": [0, 0, 0, 0]},
        {"AcquisitionMatrix": [160, 0, 0, 0]},
        {"InPlanePhaseEncodingDirection": "OTHER"},
        {"InPlanePhaseEncodingDirection": None},
        {"PixelSpacing": None},
        {"PixelSpacing": [0, 1]},
        {"Rows": None},
        {"Columns": 0},
    ],
)
def test_without_one_of_the_headers_nothing_is_claimed(missing: dict[str, Any]) -> None:
    assert in_plane(headers(**missing)) is None
