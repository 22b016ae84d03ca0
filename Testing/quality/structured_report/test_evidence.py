from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.structured_report.evidence import Evidence, find_images, is_uid


@pytest.fixture
def folder(images: list[Dataset], tmp_path: Path) -> Path:
    """The images as files in sub-folders, beside what is no image."""
    for index, header in enumerate(images):
        header.file_meta = FileMetaDataset()
        header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        header.SpecificCharacterSet = "ISO_IR 100"
        path = tmp_path / "exam" / f"series {header.SeriesNumber}" / f"{index}"
        path.parent.mkdir(parents=True, exist_ok=True)
        header.save_as(path, enforce_file_format=True)
    (tmp_path / "exam" / "notes.txt").write_text("no DICOM")
    (tmp_path / "exam" / "cut").write_bytes((tmp_path / "exam" / "series 3" / "0").read_bytes()[:300])
    return tmp_path


def test_images_of_the_wanted_exams_are_found(images: list[Dataset], folder: Path) -> None:
    told: list[tuple[int, int]] = []
    found = find_images(folder, {images[0].StudyInstanceUID}, progress=lambda done, total: told.append((done, total)))
    (headers,) = found.values()
    assert {header.SOPInstanceUID for header in headers} == {image.SOPInstanceUID for image in images}
    assert str(headers[0].PatientName) == "Müller^Jörg"
    assert told[-1] == (8, 8)
    assert find_images(folder, {"1.2.3"}) == {}


def test_an_image_without_numbers_cannot_be_referred_to(images: list[Dataset], folder: Path) -> None:
    for number in (3, 7):
        for path in (folder / "exam" / f"series {number}").iterdir():
            header = pydicom.dcmread(path)
            del header.SeriesInstanceUID
            header.save_as(path)
    (headers,) = find_images(folder, {images[0].StudyInstanceUID}).values()
    assert {int(header.SeriesNumber) for header in headers} == {9}


def test_only_the_series_that_were_read_count_when_they_are_known(images: list[Dataset]) -> None:
    evidence = Evidence.of_images(images, roles={3: Role.T2W, 7: Role.ADC})
    assert [role for _, role in evidence.images] == [Role.T2W, Role.T2W, Role.ADC, Role.ADC]
    assert evidence.patient.PatientID == "PAT-0007"
    assert evidence.patient.AccessionNumber == ""  # absent in the images, asked for by a report
    assert len(Evidence.of_images(images, roles={}).images) == 6
    without = [Dataset()]
    without[0].update(images[0])
    del without[0].SeriesNumber
    assert len(Evidence.of_images(without, roles={3: Role.T2W}).images) == 1


def test_without_images_there_is_a_patient_and_nothing_more() -> None:
    evidence = Evidence.unknown(patient_id="Case 0001", study_uid="2.25.1")
    assert (evidence.patient.PatientID, evidence.patient.PatientName, evidence.images) == ("Case 0001", "", ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2.840.99", True),
        ("2.25.3", True),
        ("Miller 1954", False),
        ("17", False),
        ("1.02.3", False),
        ("2.1", False),
    ],
)
def test_an_exam_from_dicom_is_told_from_a_folder(text: str, expected: bool) -> None:
    assert is_uid(text) is expected
