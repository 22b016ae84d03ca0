"""Series of an exam: names, headers, measured distances and times."""

from __future__ import annotations

import json

from QualityFinetuneLib.cases import dicom as exams
from QualityFinetuneLib.cases import dicom_series
from QualityFinetuneLib.cases.headers import read_slices
from QualityFinetuneLib.cases.roles import Role


def found(dicom):
    files = sorted(p for p in dicom.folder.rglob("*") if p.is_file())
    slices = [read_slices(path) for path in files]
    return exams.cases_of([one for group in slices if isinstance(group, list) for one in group])


def test_an_adc_map_tells_what_it_was_computed_from(dicom) -> None:
    dicom.exam()
    dicom.diffusion([1400])
    dicom.series(dicom.ADC | {"SequenceName": "*ep_b50_800", "SeriesDescription": "ADC of two"})
    (case,), _ = found(dicom)
    sources = [s.headers["DiffusionBValues"] for s in case.series if s.role is Role.ADC]
    assert sources == [[50, 800], [50, 800, 1400]]


def test_headers_come_with_the_measured_distances(dicom) -> None:
    dicom.exam(at=dicom.Volume(spacing_mm=(0.5, 0.5, 3.6)))
    for second in (0, 9, 13, 17):
        dicom.series(dicom.DCE | {"AcquisitionTime": f"1200{second:02d}"})
    (case,), _ = found(dicom)
    assert case.first(Role.T2W).headers["SpacingBetweenSlices"] == 3.6
    assert case.first(Role.DCE).headers["TemporalResolution"] == 4000
    assert case.first(Role.T2W).headers["EchoTime"] == 104
    json.dumps([dict(s.headers) for s in case.series], allow_nan=False)


def test_headers_that_cannot_be_read_again_are_empty(dicom, monkeypatch) -> None:
    dicom.series(dicom.T2W)
    slices = [read_slices(p)[0] for p in (dicom.folder / "dicom").iterdir()]

    def gone(path):
        raise OSError("gone")

    monkeypatch.setattr(dicom_series, "read_header", gone)
    (case,), _ = exams.cases_of(slices)
    assert dict(case.series[0].headers) == {"SpacingBetweenSlices": 3.0}


def test_names_are_short_unique_and_free_of_identity(dicom) -> None:
    dicom.exam("SMITH-4711")
    for number in range(2):
        tags = {"SeriesDescription": "loc Smith", "AcquisitionTime": f"10000{number}"}
        dicom.series(dicom.T2W | tags, patient="SMITH-4711")
        dicom.series(
            dicom.T2W | {"SeriesDescription": "Localizer (3 plane) / 1", "AcquisitionTime": f"11000{number}"},
            patient="SMITH-4711",
        )
    (case,), _ = found(dicom)
    assert [s.name for s in case.series if s.role is Role.OTHER] == [
        "other",
        "other_localizer_3_plane_1",
        "other_2",
        "other_localizer_3_plane_1_2",
    ]
