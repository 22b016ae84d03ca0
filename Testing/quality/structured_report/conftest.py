"""A reading to report, and headers of the images that it is about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from QualityFinetuneLib.quality.form import Form, load_form
from QualityFinetuneLib.quality.structured_report.content import Number, ReportContent

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"


@pytest.fixture
def form() -> Form:
    return load_form("pi-qual-v2")


@pytest.fixture
def content(form: Form) -> ReportContent:
    return ReportContent(
        kind="reading",
        form=form.name,
        form_version=form.version,
        protocol="bpmri",
        reader="Reader Ä",
        answers={item.id: item.id != "t2w_snr" for item in form.items("bpmri")},
        scores={"t2w": 3, "dwi": 4, "exam": 2, "exam_visual": 2},
        finished=datetime(2026, 3, 2, 8, 40, 12, tzinfo=UTC),
        sha256="ab" * 32,
        repeat=1,
        found={"t2w_slice_thickness": "3 mm", "dwi_high_b": "1400 s/mm²"},
        measures={"t2w.snr": Number(value=21.53125, unit="1"), "adc.range": Number(value=-3.5e-4, unit="mm2/s")},
    )


@pytest.fixture
def images() -> list[Dataset]:
    """Two images each of a T2w series (number 3) and of an ADC series (number 7) of one exam, and one of another."""
    study, found = generate_uid(), []
    for number in (3, 7, 9):
        series = generate_uid()
        for _ in range(2):
            header = Dataset()
            header.SOPClassUID, header.SOPInstanceUID = MR_IMAGE, generate_uid()
            header.StudyInstanceUID, header.SeriesInstanceUID, header.SeriesNumber = study, series, number
            header.PatientID, header.PatientName, header.Modality = "PAT-0007", "Müller^Jörg", "MR"
            header.PatientBirthDate, header.PatientSex, header.StudyDate = "19540101", "M", "20260301"
            found.append(header)
    return found
