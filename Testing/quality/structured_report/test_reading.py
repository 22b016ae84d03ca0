"""What was written comes back, of every form and every kind of item."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.yaml_config import parse_yaml
from QualityFinetuneLib.quality.form import Form, load_form
from QualityFinetuneLib.quality.pi_qual import score
from QualityFinetuneLib.quality.structured_report.content import Number, ReportContent
from QualityFinetuneLib.quality.structured_report.evidence import Evidence
from QualityFinetuneLib.quality.structured_report.reading import read_report
from QualityFinetuneLib.quality.structured_report.writing import write_report

NOBODY = Evidence.unknown(patient_id="Case 0001", study_uid="2.25.77")
KINDS = """
name: kinds
title: Every kind of item
version: 2.1.0
source: {citation: A form for tests.}
protocols: [bpmri, mpmri]
sections:
  - id: t2w
    title: T2W
    items:
      - {id: sharp, part: visual, label: Sharp}
      - {id: grade, part: visual, label: Grade, kind: scale, minimum: 0, maximum: 3}
      - {id: plane, part: visual, label: Plane, kind: choice, labels: {0: axial, 5: oblique}, required: false}
scores:
  - {id: exam, title: Exam, points: [sharp, grade]}
"""


def test_a_reading_comes_back_as_it_was_written(content: ReportContent, form: Form, tmp_path: Path) -> None:
    write_report(tmp_path / "a.dcm", content, form, evidence=NOBODY)
    assert read_report(tmp_path / "a.dcm") == content


def test_so_it_does_with_images(content: ReportContent, form: Form, images: list[Dataset], tmp_path: Path) -> None:
    evidence = Evidence.of_images(images, roles={3: Role.T2W, 7: Role.ADC})
    write_report(tmp_path / "a.dcm", content, form, evidence=evidence)
    assert read_report(tmp_path / "a.dcm") == content


def test_so_does_an_adjudication_with_its_note(content: ReportContent, form: Form, tmp_path: Path) -> None:
    decided = replace(content, kind="adjudication", note="Noise at the apex: α > β.", repeat=0, found={}, measures={})
    write_report(tmp_path / "a.dcm", decided, form, evidence=NOBODY)
    assert read_report(tmp_path / "a.dcm") == decided


def test_so_does_a_contrast_exam_of_the_first_version(content: ReportContent, tmp_path: Path) -> None:
    v1 = load_form("pi-qual-v1")
    answers = {item.id: 4 if item.kind == "scale" else True for item in v1.items("mpmri")}
    scores = {name: value for name, value in score(v1, answers, protocol="mpmri").scores.items() if value is not None}
    written = replace(content, form="pi-qual-v1", protocol="mpmri", answers=answers, scores=scores, found={})
    write_report(tmp_path / "a.dcm", written, v1, evidence=NOBODY)
    assert read_report(tmp_path / "a.dcm") == written


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sharp=st.none() | st.booleans(),
    grade=st.none() | st.integers(0, 3),
    plane=st.none() | st.sampled_from([0, 5]),
    measured=st.none() | st.floats(-1e8, 1e8).map(lambda value: float(f"{value:.9g}")),
)
def test_every_kind_of_item_and_every_gap_comes_back(
    content: ReportContent,
    tmp_path: Path,
    sharp: bool | None,
    grade: int | None,
    plane: int | None,
    measured: float | None,
) -> None:
    form = parse_yaml(KINDS, Form, source="kinds.yaml")
    given_answers = {"sharp": sharp, "grade": grade, "plane": plane}
    written = replace(
        content,
        form="kinds",
        answers={name: value for name, value in given_answers.items() if value is not None},
        scores={} if sharp is None or grade is None else {"exam": int(sharp) + grade},
        measures={} if measured is None else {"snr": Number(value=measured, unit="image")},
        found={},
    )
    write_report(tmp_path / "a.dcm", written, form, evidence=NOBODY)
    back = read_report(tmp_path / "a.dcm")
    assert replace(back, measures={}) == replace(written, measures={})
    assert all(type(back.answers[name]) is type(value) for name, value in written.answers.items())
    if measured is not None:
        assert back.measures["snr"].value == pytest.approx(measured, rel=1e-9, abs=1e-12)


def test_answers_to_a_form_that_is_not_at_hand_are_kept(content: ReportContent, form: Form, tmp_path: Path) -> None:
    other = replace(
        content, form="our-form", answers={"gone": True, "grade": 2}, scores={"old": 1}, found={"gone": "x"}
    )
    for at_hand in (None, form):
        write_report(tmp_path / "a.dcm", other, at_hand, evidence=NOBODY)
        assert read_report(tmp_path / "a.dcm") == other


def test_what_is_no_report_of_ours_is_told(content: ReportContent, form: Form, tmp_path: Path) -> None:
    (tmp_path / "text.dcm").write_text("no DICOM")
    for wrong in ("text.dcm", "absent.dcm"):
        with pytest.raises(UserError) as told:
            read_report(tmp_path / wrong)
        assert told.value.code is ErrorCode.UNREADABLE_FILE
