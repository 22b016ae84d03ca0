"""The technical part from headers: pass, fail or unknown, on made-up series and on two real exams checked by hand."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.technical import technical_headers
from QualityFinetuneLib.quality.form import Form
from QualityFinetuneLib.quality.pi_qual import score
from QualityFinetuneLib.quality.series_headers import SeriesHeaders
from QualityFinetuneLib.quality.technical import recommended_values, technical_values


def series(role: Role, *, thickness_mm: float | None = 3.0, **fields: Any) -> SeriesHeaders:
    headers = {} if thickness_mm is None else {"SliceThickness": thickness_mm}
    return SeriesHeaders(role=role, headers=headers, **fields)


def good_exam() -> list[SeriesHeaders]:
    return [
        series(Role.T2W),
        *(series(Role.DWI, thickness_mm=4.0, b_value=b, calculated=False) for b in (50.0, 800.0)),
        series(Role.HBV, thickness_mm=4.0, b_value=1400.0, calculated=True),
        series(Role.ADC, thickness_mm=4.0),
        *(series(Role.DCE, time_s=6.0 * n) for n in range(20)),
    ]


def test_a_good_exam_passes_everything(v2: Form) -> None:
    findings = technical_values(v2, good_exam())
    assert {name: finding.passed for name, finding in findings.items()} == dict.fromkeys(findings, True)
    assert set(findings) == {item.id for item in v2.items() if item.part == "technical"}
    answers = {name: finding.passed for name, finding in findings.items()}
    result = score(v2, answers, protocol="mpmri")
    assert set(result.technical.values()) == {1}


@pytest.mark.parametrize(
    ("item", "worse"),
    [
        ("t2w_slice_thickness", series(Role.T2W, thickness_mm=3.1)),
        ("dwi_slice_thickness", series(Role.DWI, thickness_mm=4.5, b_value=50.0, calculated=False)),
        ("dce_slice_thickness", series(Role.DCE, thickness_mm=3.6, time_s=1.0)),
    ],
)
def test_one_series_out_of_the_limit_fails_its_requirement_alone(v2: Form, item: str, worse: SeriesHeaders) -> None:
    findings = technical_values(v2, [*good_exam(), worse])
    assert [name for name, finding in findings.items() if finding.passed is False] == [item]


def test_slow_dce_fails(v2: Form) -> None:
    slow = [series(Role.DCE, time_s=16.0 * n) for n in range(5)]
    finding = technical_values(v2, slow)["dce_temporal_resolution"]
    assert finding.passed is False
    assert finding.found == "16 s between 5 time points"
    assert finding.wanted == "at most 15 s (tolerance 0.1 s)"


def test_only_items_of_the_protocol_are_filled_in(v2: Form) -> None:
    assert not [name for name in technical_values(v2, good_exam(), protocol="bpmri") if name.startswith("dce")]
    assert not [name for name in recommended_values(v2, good_exam(), protocol="bpmri") if name.startswith("dce")]


def test_what_is_not_in_the_case_is_unknown_and_says_so(v2: Form) -> None:
    findings = technical_values(v2, [])
    assert {finding.passed for finding in findings.values()} == {None}
    assert findings["dce_slice_thickness"].found == "There is no dce series in this case."
    assert recommended_values(v2, [])["t2w_planes"].found == "none in this case"


@pytest.mark.parametrize(("distance_mm", "passed"), [(3.0, True), (2.5, True), (3.6, None)])
def test_a_plain_files_slice_distance_can_show_thin_slices_but_not_thick_ones(
    v2: Form, distance_mm: float, passed: bool | None
) -> None:
    # 3.6 mm between slices may be slices of 3 mm with a gap, as in one of the real exams below.
    plain = SeriesHeaders(role=Role.T2W, spacing_mm=(0.5, 0.5, distance_mm))
    assert technical_values(v2, [plain])["t2w_slice_thickness"].passed is passed


def test_plain_files_without_geometry_leave_everything_to_the_reader(v2: Form) -> None:
    plain = [SeriesHeaders(role=role) for role in (Role.T2W, Role.ADC, Role.HBV, Role.DCE)]
    assert {finding.passed for finding in technical_values(v2, plain).values()} == {None}


def test_damaged_headers_are_unknown_not_an_error(v2: Form) -> None:
    odd = {"SliceThickness": "thick", "PixelSpacing": ["a", None], "AcquisitionMatrix": 7, "Rows": [1, 2]}
    exam = [SeriesHeaders(role=role, headers=odd) for role in Role]
    assert all(finding.passed is not True for finding in technical_values(v2, exam).values())
    assert len(recommended_values(v2, exam)) == len(v2.recommendations)


# Roles by series number, as the series descriptions of the two studies say; b-values by hand from the same headers.
REAL = {
    "ProstateX-0000": {
        3: (Role.T2W_SAG, None, None),
        4: (Role.T2W, None, None),
        5: (Role.T2W_COR, None, None),
        6: (Role.DWI, None, False),  # b 50, 400, 800 in one series
        7: (Role.ADC, None, None),
        8: (Role.HBV, 1000.0, True),  # its private header states b 1000
    },
    "ProstateX-0218": {
        4: (Role.T2W_SAG, None, None),
        5: (Role.T2W, None, None),
        6: (Role.T2W_COR, None, None),
        8: (Role.DWI, None, False),  # b 0, 100, 400, 800 in one series
        9: (Role.ADC, None, None),
        10: (Role.HBV, 1600.0, True),
        17: (Role.DWI, 100.0, False),
        18: (Role.DWI, 500.0, False),
        19: (Role.HBV, 1400.0, False),
        21: (Role.ADC, None, None),
        **dict.fromkeys(range(27, 41), (Role.DCE, None, None)),
    },
}


def siemens_b(dataset: pydicom.Dataset) -> float:
    value = dataset[0x0019, 0x100C].value
    return float(value.decode() if isinstance(value, bytes) else value)


def real_series(archive: Path) -> Iterator[SeriesHeaders]:
    """One entry for each series and b-value, read straight from the archive."""
    roles = REAL[archive.name.split(".")[0]]
    first: dict[tuple[int, float | None], tuple[pydicom.Dataset, float | None]] = {}
    with tarfile.open(archive, "r:xz") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is None:
                continue
            dataset = pydicom.dcmread(io.BytesIO(content.read()), stop_before_pixels=True, force=True)
            number = int(dataset.get("SeriesNumber") or -1)
            if number not in roles:
                continue
            role, b_value, _ = roles[number]
            b = siemens_b(dataset) if role is Role.DWI and b_value is None else b_value
            first.setdefault((number, b), (dataset, _seconds(dataset)))
    begin = min((time for (number, _), (_, time) in first.items() if roles[number][0] is Role.DCE), default=0.0)
    for (number, b), (dataset, time) in sorted(first.items(), key=lambda entry: str(entry[0])):
        role, _, calculated = roles[number]
        yield SeriesHeaders(
            role=role,
            headers=technical_headers(dataset),
            b_value=b,
            calculated=calculated,
            time_s=time - begin if role is Role.DCE else None,
        )


def _seconds(dataset: pydicom.Dataset) -> float:
    text = str(dataset.AcquisitionTime)
    return int(text[:2]) * 3600 + int(text[2:4]) * 60 + float(text[4:])


@pytest.mark.real_data
def test_prostatex_0000_as_found_by_hand(v2: Form, prostate_mini: Path) -> None:
    exam = list(real_series(prostate_mini / "dicom" / "ProstateX-0000.tar.xz"))
    found = {name: (one.passed, one.found) for name, one in technical_values(v2, exam, protocol="bpmri").items()}
    assert found == {
        "t2w_slice_thickness": (True, "3 mm"),
        "dwi_slice_thickness": (True, "3 mm"),
        "dwi_high_b": (False, "b 1000 s/mm² (calculated)"),
        "dwi_adc_b_values": (True, "b 50 and 800 s/mm² (named by the ADC's sequence)"),
    }
    recommended = {name: (one.passed, one.found) for name, one in recommended_values(v2, exam).items()}
    assert recommended["t2w_gap"] == (True, "0 mm")
    assert recommended["t2w_field_of_view"] == (True, "192 x 192 mm")
    assert recommended["t2w_phase_resolution"] == (True, "0.5 mm")
    assert recommended["t2w_frequency_resolution"] == (False, "0.5 mm")
    assert recommended["t2w_planes"] == (True, "sagittal and coronal")
    assert recommended["t2w_field_strength"] == (True, "3 T")
    assert recommended["t2w_receive_coil"] == (True, "array on the body (BO1,2;SP5), no endorectal coil named")
    assert recommended["dwi_field_of_view"] == (False, "168 x 256 mm")
    assert recommended["dwi_phase_resolution"] == (True, "2 mm")
    assert recommended["dce_duration"] == (None, "There is no dce series in this case.")


@pytest.mark.real_data
def test_prostatex_0218_as_found_by_hand(v2: Form, prostate_mini: Path) -> None:
    exam = list(real_series(prostate_mini / "dicom" / "ProstateX-0218.tar.xz"))
    found = {name: (one.passed, one.found) for name, one in technical_values(v2, exam).items()}
    assert found == {
        "t2w_slice_thickness": (True, "3 mm"),
        "dwi_slice_thickness": (True, "3.6 mm"),
        "dwi_high_b": (True, "b 1600 s/mm² (calculated)"),
        "dwi_adc_b_values": (True, "b 0 and 800 s/mm² (named by the ADC's sequence)"),
        "dce_slice_thickness": (False, "3.6 mm"),
        "dce_temporal_resolution": (True, "4.23 s between 14 time points (longest 8.89 s)"),
    }
    recommended = {name: (one.passed, one.found) for name, one in recommended_values(v2, exam).items()}
    assert recommended["t2w_gap"] == (False, "0.6 mm")
    assert recommended["t2w_phase_resolution"] == (True, "0.65 mm")
    assert recommended["t2w_frequency_resolution"] == (False, "0.62 mm")
    assert recommended["t2w_receive_coil"] == (True, "array on the body (d:BO1,2;SP5,6), no endorectal coil named")
    assert recommended["dwi_phase_resolution"] == (True, "2.16 mm")
    assert recommended["dwi_frequency_resolution"] == (True, "1.62 mm")
    assert recommended["dwi_field_of_view"] == (False, "260 x 211.25 mm")
    assert recommended["dce_frequency_resolution"] == (True, "1.62 mm")
    assert recommended["dce_duration"][0] is False
