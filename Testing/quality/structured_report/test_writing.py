"""Reports as any reader of DICOM sees them: through pydicom and highdicom, not through our own reader."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.quality.form import Form
from QualityFinetuneLib.quality.structured_report.coding import SCHEME
from QualityFinetuneLib.quality.structured_report.content import ReportContent
from QualityFinetuneLib.quality.structured_report.evidence import Evidence
from QualityFinetuneLib.quality.structured_report.writing import write_report

COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"


@pytest.fixture
def nobody() -> Evidence:
    return Evidence.unknown(patient_id="Case 0001", study_uid="2.25.77")


def _items(dataset: Dataset) -> Iterator[Dataset]:
    for item in dataset.get("ContentSequence", []):
        yield item
        yield from _items(item)


def _named(dataset: Dataset, code_value: str) -> list[Dataset]:
    found = []
    for item in _items(dataset):
        name = item.ConceptNameCodeSequence[0] if "ConceptNameCodeSequence" in item else Dataset()
        if code_value in (name.get("CodeValue"), name.get("LongCodeValue")):
            found.append(item)
    return found


def test_it_is_a_measurement_report_by_a_person_and_a_program(
    content: ReportContent, form: Form, nobody: Evidence, tmp_path: Path
) -> None:
    write_report(tmp_path / "a.dcm", content, form, evidence=nobody)
    report = pydicom.dcmread(tmp_path / "a.dcm")
    assert (report.SOPClassUID, report.Modality) == (COMPREHENSIVE_SR, "SR")
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    assert (report.CompletionFlag, report.VerificationFlag, report.PreliminaryFlag) == (
        "COMPLETE",
        "UNVERIFIED",
        "FINAL",
    )
    assert (report.ContentDate, report.ContentTime, report.TimezoneOffsetFromUTC) == ("20260302", "084012", "+0000")
    assert report.CodingSchemeIdentificationSequence[0].CodingSchemeDesignator == SCHEME
    observers = [str(item.PersonName) for item in _items(report) if item.ValueType == "PNAME"]
    assert observers == ["Reader Ä^"]
    assert report.SpecificCharacterSet == "ISO_IR 192"


def test_an_answer_is_a_coded_yes_or_no_and_a_score_a_number(
    content: ReportContent, form: Form, nobody: Evidence, tmp_path: Path
) -> None:
    write_report(tmp_path / "a.dcm", content, form, evidence=nobody)
    report = pydicom.dcmread(tmp_path / "a.dcm")
    (snr,) = _named(report, "pi-qual-v2:item:t2w_snr")
    assert snr.ConceptCodeSequence[0].CodeValue == codes.SCT.No.value
    assert snr.ConceptNameCodeSequence[0].CodingSchemeDesignator == SCHEME
    (exam,) = _named(report, "pi-qual-v2:score:exam")
    assert float(exam.MeasuredValueSequence[0].NumericValue) == 2
    assert exam.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue == "{score}"
    (found,) = _named(report, "pi-qual-v2:found:dwi_high_b")
    assert found.TextValue == "1400 s/mm²"


def test_without_images_it_claims_no_evidence(
    content: ReportContent, form: Form, nobody: Evidence, tmp_path: Path
) -> None:
    write_report(tmp_path / "a.dcm", content, form, evidence=nobody)
    report = pydicom.dcmread(tmp_path / "a.dcm")
    assert "CurrentRequestedProcedureEvidenceSequence" not in report
    assert "PertinentOtherEvidenceSequence" not in report
    assert not [item for item in _items(report) if item.ValueType == "IMAGE"]
    assert (report.PatientID, str(report.PatientName), report.StudyInstanceUID) == ("Case 0001", "", "2.25.77")


def test_each_section_refers_to_the_images_it_is_about(
    content: ReportContent, form: Form, images: list[Dataset], tmp_path: Path
) -> None:
    evidence = Evidence.of_images(images, roles={3: Role.T2W, 7: Role.ADC})
    write_report(tmp_path / "a.dcm", content, form, evidence=evidence)
    report = pydicom.dcmread(tmp_path / "a.dcm")
    assert (report.StudyInstanceUID, str(report.PatientName)) == (images[0].StudyInstanceUID, "Müller^Jörg")
    (exam,) = report.CurrentRequestedProcedureEvidenceSequence
    listed = {
        item.ReferencedSOPInstanceUID for one in exam.ReferencedSeriesSequence for item in one.ReferencedSOPSequence
    }
    assert listed == {image.SOPInstanceUID for image in images[:4]}
    from highdicom.sr import srread

    read: Any = srread(tmp_path / "a.dcm")
    by_title = {group.tracking_identifier: group for group in read.content.get_image_measurement_groups()}
    for section, wanted in ((form.sections[0].title, images[:2]), (form.sections[1].title, images[2:4])):
        uids = {image.referenced_sop_instance_uid for image in by_title[section].source_images}
        assert uids == {image.SOPInstanceUID for image in wanted}


def test_the_same_record_gives_the_same_report_unless_its_uids_must_be_fresh(
    content: ReportContent, form: Form, nobody: Evidence, tmp_path: Path
) -> None:
    def uids(name: str, what: ReportContent, *, fresh: bool) -> tuple[str, str]:
        write_report(tmp_path / name, what, form, evidence=nobody, blinded=fresh)
        report = pydicom.dcmread(tmp_path / name)
        assert len(report.SOPInstanceUID) <= 64
        return report.SOPInstanceUID, report.SeriesInstanceUID

    assert uids("a", content, fresh=False) == uids("b", content, fresh=False)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert uids("c", replace(content, sha256="cd" * 32), fresh=False) != uids("a", content, fresh=False)
    assert uids("d", content, fresh=True) != uids("e", content, fresh=True)
    assert pydicom.dcmread(tmp_path / "d").PatientIdentityRemoved == "YES"
    assert "PatientIdentityRemoved" not in pydicom.dcmread(tmp_path / "a")


def test_without_highdicom_it_is_told_what_to_install(
    content: ReportContent, form: Form, nobody: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "highdicom.sr", None)
    with pytest.raises(UserError) as told:
        write_report(tmp_path / "a.dcm", content, form, evidence=nobody)
    assert told.value.code is ErrorCode.MISSING_PACKAGE
    assert not (tmp_path / "a.dcm").exists()


def test_odd_descriptions_are_left_out_and_never_logged(
    content: ReportContent, form: Form, images: list[Dataset], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        images[0].PatientSex, images[0].StudyDate = "not a sex", "yesterday"
    caplog.clear()
    write_report(tmp_path / "a.dcm", content, form, evidence=Evidence.of_images(images, roles={}))
    report = pydicom.dcmread(tmp_path / "a.dcm")
    assert (report.PatientSex, report.StudyDate, report.PatientID) == ("", "", "PAT-0007")
    assert not caplog.records
