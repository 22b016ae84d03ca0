"""The headers kept with a series: what quality checks need, as JSON, and never who the patient is."""

from __future__ import annotations

import json

import pydicom
import pytest
from pydicom.dataset import Dataset

from QualityFinetuneLib.cases.technical import technical_headers


@pytest.fixture
def a_dataset(dicom) -> Dataset:
    path = dicom.series(
        dicom.DWI
        | {
            "SpacingBetweenSlices": "3.6",
            "AcquisitionMatrix": [0, 128, 84, 0],
            "InPlanePhaseEncodingDirection": "ROW",
            "PercentSampling": 100,
            "MagneticFieldStrength": 3,
            "ManufacturerModelName": "Skyra",
            "SequenceName": "*ep_b50t",
            "AcquisitionTime": "120343.600000",
            "BodyPartExamined": "PROSTATE",
            "PatientPosition": "FFS",
            "ReceiveCoilName": "Body",
            "ProtocolName": "ep2d_diff",
            "NumberOfAverages": 8,
        },
        patient="4711-SMITH",
    )[0]
    dataset = pydicom.dcmread(path)
    dataset.PatientName = "Doe^Jane Ann"
    dataset.PatientBirthDate, dataset.PatientSex, dataset.PatientAge = "19600102", "M", "060Y"
    dataset.InstitutionName, dataset.ReferringPhysicianName = "St. Elsewhere", "Who^Doctor"
    dataset.AccessionNumber, dataset.StudyDate, dataset.StationName = "A998877", "20200102", "STATION7"
    dataset.DeviceSerialNumber, dataset.OperatorsName = "SN12345", "Ope^Rator"
    return dataset


def test_technical_values_keep_their_units(a_dataset) -> None:
    headers = technical_headers(a_dataset)
    assert headers["SliceThickness"] == 3
    assert headers["SpacingBetweenSlices"] == 3.6
    assert headers["PixelSpacing"] == [0.75, 0.5]
    assert headers["AcquisitionMatrix"] == [0, 128, 84, 0]
    assert headers["InPlanePhaseEncodingDirection"] == "ROW"
    assert (headers["EchoTime"], headers["RepetitionTime"]) == (63, 2700)
    assert headers["MagneticFieldStrength"] == 3
    assert headers["ImageType"] == ["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW"]
    assert headers["AcquisitionTime"] == pytest.approx(43423.6)
    assert headers["DiffusionBValue"] == 50
    assert headers["SeriesDescription"] == "ep2d_diff_tra"


def test_everything_is_json(a_dataset) -> None:
    headers = technical_headers(a_dataset)
    assert json.loads(json.dumps(headers, allow_nan=False)) == headers


def test_no_identity_gets_through(a_dataset) -> None:
    text = json.dumps(technical_headers(a_dataset)).lower()
    for secret in (
        "4711",
        "smith",
        "doe",
        "jane",
        "1960",
        "elsewhere",
        "doctor",
        "a998877",
        "2020",
        "station7",
        "sn12345",
        "rator",
        str(a_dataset.StudyInstanceUID),
        str(a_dataset.SeriesInstanceUID),
        str(a_dataset.SOPInstanceUID),
    ):
        assert secret not in text, secret


@pytest.mark.parametrize("text", ["t2 Doe repeat", "T2_jane", "scan of 4711"])
def test_a_description_with_the_patient_in_it_is_dropped(a_dataset, text) -> None:
    a_dataset.SeriesDescription = text
    assert "SeriesDescription" not in technical_headers(a_dataset)


def test_known_b_values_are_kept(a_dataset) -> None:
    assert technical_headers(a_dataset, b_values=[50, 400, 800])["DiffusionBValues"] == [50.0, 400.0, 800.0]
    assert "DiffusionBValues" not in technical_headers(a_dataset)


def test_an_empty_dataset_has_no_headers() -> None:
    assert technical_headers(Dataset()) == {}


@pytest.mark.parametrize("value", ["", "abc", None])
def test_values_that_are_none_are_left_out(value) -> None:
    dataset = Dataset()
    dataset.add_new("EchoTime", "LO", value)
    dataset.add_new("PixelSpacing", "LO", ["0.5", "x"])
    dataset.add_new("RepetitionTime", "FD", float("inf"))
    assert technical_headers(dataset) == {}


def test_enhanced_files_are_looked_into(dicom) -> None:
    dicom.enhanced(dicom.folder / "enhanced", [(800, 0)], dicom.Volume())
    headers = technical_headers(pydicom.dcmread(dicom.folder / "enhanced"))
    assert headers["PixelSpacing"] == [0.75, 0.5]
    assert headers["DiffusionBValue"] == 800
    assert headers["EffectiveEchoTime"] == 60
