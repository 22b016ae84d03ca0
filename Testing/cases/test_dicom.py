"""Exams from DICOM: patients, studies, duplicates, names, headers."""

from __future__ import annotations

import json

import numpy as np
from pydicom.uid import generate_uid

from QualityFinetuneLib.cases import dicom as exams
from QualityFinetuneLib.cases.found import Severity
from QualityFinetuneLib.cases.headers import read_slices
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode


def found(dicom):
    files = sorted(p for p in dicom.folder.rglob("*") if p.is_file())
    slices = [read_slices(path) for path in files]
    return exams.cases_of([one for group in slices if isinstance(group, list) for one in group])


def test_a_complete_exam_is_sorted_into_roles(dicom) -> None:
    dicom.exam()
    dicom.series(dicom.T2W | {"SeriesDescription": "t2_tse_sag"}, at=dicom.Volume.oblique(0, 90, 0))
    dicom.series(dicom.T2W | {"SeriesDescription": "t2_tse_cor"}, at=dicom.Volume.oblique(-80, 0, 0))
    dicom.diffusion([1400])
    for second in range(4):
        dicom.series(dicom.DCE | {"AcquisitionTime": f"12000{second}"})
    dicom.series(dicom.T2W | {"SeriesDescription": "localizer", "AcquisitionTime": "110000"})
    (case,), told = found(dicom)
    assert not told
    assert [(s.role.value, s.name) for s in case.series] == [
        ("t2w", "t2w"),
        ("t2w_sag", "t2w_sag"),
        ("t2w_cor", "t2w_cor"),
        ("hbv", "hbv_b1400"),
        ("adc", "adc"),
        ("dwi", "dwi_b50"),
        ("dwi", "dwi_b800"),
        *[("dce", f"dce_{i:02d}") for i in (1, 2, 3, 4)],
        ("other", "other_localizer"),
    ]
    assert (case.patient, case.name, case.exam, case.simulated) == ("QF-0001", "QF-0001", dicom.study, False)
    assert [s.time_s for s in case.series if s.role is Role.DCE] == [0, 1, 2, 3]
    assert all(len(s.paths) == 6 and s.series_uid for s in case.series)


def test_calculated_and_acquired_b_values_are_kept_apart(dicom) -> None:
    dicom.exam()
    dicom.series(dicom.DWI | {"SeriesDescription": "ep2d_diff_CALC_BVAL", "DiffusionBValue": 1600.0})
    (case,), _ = found(dicom)
    assert [(s.b_value, s.calculated) for s in case.series if s.role in (Role.DWI, Role.HBV)] == [
        (1600, True),
        (50, False),
        (800, False),
    ]
    assert case.first(Role.HBV).name == "hbv_b1600_calculated"
    assert case.first(Role.T2W).calculated is None


def test_mixed_patients_become_separate_cases(dicom) -> None:
    for patient in ("QF-0001", "QF-0002"):
        dicom.exam(patient, study=generate_uid())
    cases, told = found(dicom)
    assert [c.name for c in cases] == ["QF-0001", "QF-0002"]
    assert {len(c.series) for c in cases} == {4}
    (message,) = told
    assert message.code is ErrorCode.CONFLICT
    assert message.severity is Severity.WARNING
    assert "2 patients" in message.what
    assert "QF-000" not in message.what + message.why + message.next


def test_one_study_number_for_two_patients_is_two_exams(dicom) -> None:
    dicom.exam("QF-0001", folder="a")
    dicom.exam("QF-0002", folder="b")
    cases, _ = found(dicom)
    assert {c.patient for c in cases} == {"QF-0001", "QF-0002"}


def test_two_exams_of_one_patient_share_the_patient(dicom) -> None:
    for study in ("1.2", "1.3"):
        dicom.exam(study=study, folder=study)
    cases, _ = found(dicom)
    assert {c.patient for c in cases} == {"QF-0001"}
    assert {c.exam for c in cases} == {"1.2", "1.3"}


def test_identity_that_was_not_removed_is_not_shown(dicom) -> None:
    dicom.series(
        dicom.T2W | {"SeriesDescription": "t2 tra Smith"},
        patient="SMITH-19600102",
        deidentified=False,
        each=lambda d, i: setattr(d, "PatientName", "Smith^John"),
    )
    (case,), _ = found(dicom)
    shown = json.dumps(
        [case.name, case.patient, [s.name for s in case.series], [dict(s.headers) for s in case.series]]
    )
    assert "smith" not in shown.lower()
    assert "1960" not in shown
    assert case.name.startswith("Patient-")


def test_a_pseudonym_is_the_same_for_every_exam_of_a_patient(dicom) -> None:
    for study in ("1.2", "1.3"):
        dicom.series(dicom.T2W, study=study, deidentified=False)
    dicom.series(dicom.T2W, study="1.4", patient="", deidentified=False)
    cases, _ = found(dicom)
    by_exam = {c.exam: c.patient for c in cases}
    assert by_exam["1.2"] == by_exam["1.3"] != by_exam["1.4"]


def test_a_damaged_series_does_not_stop_the_rest(dicom) -> None:
    dicom.exam()
    dicom.series(dicom.T2W | {"SeriesDescription": "t2 with a gap"}, skip=[2])
    (case,), told = found(dicom)
    assert len(case.series) == 4
    assert [m.code for m in told] == [ErrorCode.BAD_GEOMETRY]


def test_a_study_without_prostate_series_is_not_registered(dicom) -> None:
    dicom.series(dicom.T2W | {"SeriesDescription": "localizer"})
    cases, told = found(dicom)
    assert not cases
    assert [m.code for m in told] == [ErrorCode.NOT_AN_EXAM]


def test_a_study_of_broken_series_is_not_registered(dicom) -> None:
    dicom.series(dicom.T2W, skip=[2])
    cases, told = found(dicom)
    assert not cases
    assert [m.code for m in told] == [ErrorCode.BAD_GEOMETRY, ErrorCode.NOT_AN_EXAM]


def test_diffusion_without_a_b_value_is_kept_and_told(dicom) -> None:
    dicom.series(dicom.T2W)
    dicom.series(dicom.DWI)
    (case,), told = found(dicom)
    assert [s.role for s in case.series] == [Role.T2W, Role.OTHER]
    assert "b-value is not stated" in told[0].why


def test_single_gradient_directions_are_left_out_with_one_message(dicom) -> None:
    dicom.exam()
    for number in range(6):
        noise = np.full((8, 10), number)
        b_value = 800.0 if number % 2 else 50.0
        dicom.series(dicom.DWI | {"DiffusionBValue": b_value}, series="1.2", pixels=lambda i, n=noise: n)
    (case,), told = found(dicom)
    assert [s.name for s in case.series] == ["t2w", "adc", "dwi_b50", "dwi_b800"]
    (message,) = told
    assert "at b 50, 800 is not used" in message.what
    assert "single gradient directions" in message.why


def test_a_diffusion_series_that_holds_every_image_twice_is_no_set_of_directions(dicom) -> None:
    dicom.series(dicom.T2W)
    for _ in range(2):
        dicom.series(dicom.DWI | {"DiffusionBValue": 800.0, "AcquisitionTime": "120000"}, series="1.2")
    (case,), told = found(dicom)
    assert [s.name for s in case.series] == ["t2w", "dwi_b800"]
    assert [m.code for m in told] == [ErrorCode.CONFLICT]


def test_a_time_point_that_lost_slices_is_told(dicom) -> None:
    dicom.series(dicom.T2W)
    for second in range(4):
        dicom.series(dicom.DCE | {"AcquisitionTime": f"12000{second}"}, skip=[5] if second == 2 else [])
    dicom.series(dicom.DCE | {"AcquisitionTime": "120009"}, at=dicom.Volume(origin_mm=(0, 0, 0)))
    (case,), told = found(dicom)
    assert [s.time_s for s in case.series if s.role is Role.DCE] == [0, 1, 3]
    assert {m.code for m in told} == {ErrorCode.BAD_GEOMETRY}
    assert "5 slices on its grid, the other time points have 6" in told[0].why
    assert "does not lie on the grid" in told[1].why


def test_a_single_dynamic_volume_is_only_kept(dicom) -> None:
    dicom.series(dicom.T2W)
    dicom.series(dicom.DCE)
    (case,), _ = found(dicom)
    assert [s.role for s in case.series] == [Role.T2W, Role.OTHER]


def test_simulated_dicom_is_marked(dicom) -> None:
    dicom.exam(folder="Simulated-1")
    (case,), _ = found(dicom)
    assert case.simulated
