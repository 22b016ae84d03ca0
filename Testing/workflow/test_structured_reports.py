from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.quality.reading import fill
from QualityFinetuneLib.quality.structured_report.content import Number
from QualityFinetuneLib.quality.structured_report.reading import read_report
from QualityFinetuneLib.study.records import NewReading, NewSeries, Reading
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.adjudicating import adjudicate
from QualityFinetuneLib.workflow.structured_reports import export_reports

FORM = load_form("pi-qual-v2")
NOON = datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)
MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
SECRETS = (b"PAT-0007", b"Miller", b"1.2.840.99.7")
Read = Callable[..., Reading]


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """A case from DICOM with a T2w series of number 3, and a case from plain files."""
    with Study.create(tmp_path / "study", name="Reports") as made:
        path = made.paths.series(made.paths.new_case("Miller 1954"), "t2w")
        path.write_bytes(b"t2w")
        series = NewSeries(role=Role.T2W, name="t2w", path=path, headers={"SeriesNumber": 3})
        made.cases.add(patient="PAT-0007", exam="1.2.840.99.7", name="Miller 1954", series=[series])
        made.cases.add(patient="PAT-0008", exam="visit 2", name="Plain files", series=[])
        yield made


@pytest.fixture
def read(study: Study) -> Read:
    """`read(case_id, "Reader A", t2w_snr=False)` saves a reading in which everything else is met."""

    def do(case_id: int, reader: str, *, repeat: int = 0, **answers: bool) -> Reading:
        values = {item.id: True for item in FORM.items("bpmri")} | answers
        filled = fill(FORM, values, protocol="bpmri")
        found = {"t2w_slice_thickness": {"passed": True, "found": "3 mm", "wanted": "at most 3 mm"}}
        return study.readings.add(
            NewReading(
                case_id=case_id, reader_id=study.readers.ensure(reader).id, form=FORM.name, form_version=FORM.version,
                protocol="bpmri", values=filled.values, exam_score=filled.score.exam, scores={**filled.score.scores},
                technical={"found": found}, started=NOON, finished=NOON, active_s=60, repeat=repeat,
            )
        )  # fmt: skip

    return do


@dataclass
class Originals:
    """DICOM files of the first case: two images of series 3, which was imported, and two of series 8."""

    folder: Path
    read: set[str]


@pytest.fixture
def originals(tmp_path: Path) -> Originals:
    read: set[str] = set()
    for number in (3, 8):
        series = generate_uid()
        for index in range(2):
            image = Dataset()
            image.file_meta = FileMetaDataset()
            image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            image.SOPClassUID, image.SOPInstanceUID = MR_IMAGE, generate_uid()
            image.StudyInstanceUID, image.SeriesInstanceUID = "1.2.840.99.7", series
            image.SeriesNumber, image.Modality = number, "MR"
            image.PatientID, image.PatientName, image.PatientBirthDate = "PAT-0007", "Miller^A", "19540101"
            path = tmp_path / "originals" / f"{number}-{index}"
            path.parent.mkdir(exist_ok=True)
            image.save_as(path, enforce_file_format=True)
            if number == 3:
                read.add(image.SOPInstanceUID)
    return Originals(tmp_path / "originals", read)


def test_each_reading_repeat_and_decision_that_stands_becomes_a_report(
    study: Study, read: Read, tmp_path: Path
) -> None:
    read(1, "Reader A", t2w_structures=False)
    first = read(1, "Reader A", t2w_snr=False)  # corrects the one before
    repeat = read(1, "Reader A", repeat=1)
    second = read(1, "Reader B")
    decided = adjudicate(
        study, study.cases.get(1), study.readers.ensure("Reader C"), {"t2w_snr": True}, note="As Miller 1954 shows."
    )
    written = export_reports(study, tmp_path / "out", measures={1: {"t2w.snr": Number(value=20.5, unit="1")}})
    assert [one.path.relative_to(tmp_path / "out").as_posix() for one in written] == [
        f"Case-0001/reading-{first.id}.dcm",
        f"Case-0001/reading-{repeat.id}.dcm",
        f"Case-0001/reading-{second.id}.dcm",
        f"Case-0001/adjudication-{decided.id}.dcm",
    ]
    back = [read_report(one.path) for one in written]
    for record, content in zip((first, repeat, second), back, strict=False):
        assert content.answers == record.values
        assert content.scores == record.scores
        assert (content.sha256, content.repeat, content.finished) == (
            record.sha256,
            record.repeat,
            NOON.replace(microsecond=0),
        )
        assert content.found == {"t2w_slice_thickness": "3 mm"}
        assert content.measures["t2w.snr"] == Number(value=20.5, unit="1")
    last = back[-1]
    assert (last.kind, last.reader, last.note) == ("adjudication", "Reader C", "As Case 0001 shows.")
    assert last.answers["t2w_snr"] is True and last.scores == decided.scores


def test_a_blinded_report_gives_away_no_identity_even_with_the_originals_at_hand(
    study: Study, read: Read, originals: Originals, tmp_path: Path
) -> None:
    read(1, "Reader A")
    read(1, "Reader B")
    written = export_reports(study, tmp_path / "out", dicom=originals.folder)
    reports = [pydicom.dcmread(one.path) for one in written]
    for one in written:
        content = one.path.read_bytes() + one.path.relative_to(tmp_path / "out").as_posix().encode()
        assert not [secret for secret in (*SECRETS, *(uid.encode() for uid in originals.read)) if secret in content]
    assert {one.images for one in written} == {0}
    assert {report.PatientID for report in reports} == {"Case 0001"}
    assert len({report.StudyInstanceUID for report in reports}) == 1  # both belong to one exam
    again = pydicom.dcmread(export_reports(study, tmp_path / "again")[0].path)
    assert again.StudyInstanceUID != reports[0].StudyInstanceUID


def test_an_open_report_refers_to_the_images_that_were_imported(
    study: Study, read: Read, originals: Originals, tmp_path: Path
) -> None:
    read(1, "Reader A")
    read(2, "Reader A")
    told: list[Any] = []
    one, plain = export_reports(
        study, tmp_path / "out", dicom=originals.folder, blinded=False, progress=lambda *step: told.append(step)
    )
    assert (one.images, plain.images, one.case) == (2, 0, "Miller 1954")
    report = pydicom.dcmread(one.path)
    assert (report.PatientID, str(report.PatientName), report.StudyInstanceUID) == (
        "PAT-0007",
        "Miller^A",
        "1.2.840.99.7",
    )
    (exam,) = report.CurrentRequestedProcedureEvidenceSequence
    listed = {
        item.ReferencedSOPInstanceUID for of in exam.ReferencedSeriesSequence for item in of.ReferencedSOPSequence
    }
    assert listed == originals.read
    assert told[-1] == (4, 4)


def test_without_originals_the_patient_key_and_the_exam_stay(study: Study, read: Read, tmp_path: Path) -> None:
    read(1, "Reader A")
    read(2, "Reader A")
    read(2, "Reader B")
    reports = [pydicom.dcmread(one.path) for one in export_reports(study, tmp_path / "out", blinded=False)]
    assert (reports[0].PatientID, reports[0].StudyInstanceUID) == ("PAT-0007", "1.2.840.99.7")
    assert reports[1].StudyInstanceUID == reports[2].StudyInstanceUID != reports[0].StudyInstanceUID
    again = [pydicom.dcmread(one.path) for one in export_reports(study, tmp_path / "again", blinded=False)]
    assert [report.SOPInstanceUID for report in again] == [report.SOPInstanceUID for report in reports]


def test_readings_with_other_forms_are_exported_too(study: Study, read: Read, tmp_path: Path) -> None:
    reader = study.readers.ensure("Reader A").id
    for form, answers in (("pi-qual-v1", {"quality": 4}), ("a-form-that-is-gone", {"sharp": True, "grade": 2})):
        study.readings.add(
            NewReading(
                case_id=1, reader_id=reader, form=form, form_version="1.0.0", protocol="mpmri", values=answers,
                exam_score=4, scores={"exam": 4}, started=NOON, finished=NOON, active_s=1,
            )
        )  # fmt: skip
    first, second = (read_report(one.path) for one in export_reports(study, tmp_path / "out"))
    assert (first.form, first.answers, first.scores) == ("pi-qual-v1", {"quality": 4}, {"exam": 4})
    assert (second.form, second.answers) == ("a-form-that-is-gone", {"sharp": True, "grade": 2})
