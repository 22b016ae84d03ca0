from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.exams import add_mask, exam_of_case, exams_at, spacing_mm_of


def test_the_same_exam_in_a_study_and_in_a_folder(study: Study, cohort: Path) -> None:
    case = study.cases.all()[0]
    (found, *_), messages = exams_at(cohort)
    kept = exam_of_case(study, case)
    assert not messages
    assert (kept.case_id, kept.patient, kept.simulated) == (case.id, found.patient, True)
    assert kept.name == study.display_name(case)
    assert {one.role for one in kept.series} == {one.role for one in found.series}
    assert {one.task for one in kept.masks} == {"gland", "zones", "lesion"}
    for exam in (kept, found):
        t2w = exam.first(Role.T2W)
        assert t2w is not None
        assert t2w.spacing_mm == pytest.approx((1.0, 1.0, 3.0))
        assert t2w.read().GetSize() == (96, 96, 14)
        gland = exam.gland()
        assert gland is not None and sitk.GetArrayViewFromImage(gland).max() == 1
        assert exam.first(Role.DCE) is None


def test_zones_stand_for_the_gland_where_it_has_no_mask(cohort: Path, tmp_path: Path) -> None:
    shutil.copytree(cohort / "Simulated-0001", tmp_path / "exams" / "Simulated-0001")
    folder = tmp_path / "exams" / "Simulated-0001"
    (folder / "gland.nrrd").unlink()
    (exam,), _ = exams_at(tmp_path / "exams")
    zones = exam.gland()
    assert zones is not None and sitk.GetArrayViewFromImage(zones).sum() > 0
    (folder / "zones.nrrd").unlink()
    (exam,), _ = exams_at(tmp_path / "exams")
    assert exam.gland() is None
    assert add_mask(exam, cohort / "Simulated-0001" / "gland.nrrd").gland() is not None


def test_one_file_by_its_name_or_a_role(cohort: Path, tmp_path: Path) -> None:
    (named,), _ = exams_at(cohort / "Simulated-0001" / "adc.nrrd")
    assert [one.role for one in named.series] == [Role.ADC]
    other = tmp_path / "anything.nrrd"
    shutil.copy(cohort / "Simulated-0001" / "t2w.nrrd", other)
    (told,), _ = exams_at(other, role=Role.T2W)
    assert told.series[0].role is Role.T2W
    with pytest.raises(UserError, match="--role") as caught:
        exams_at(other)
    assert caught.value.code == "not_an_exam"


def test_what_is_no_exam_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        exams_at(tmp_path / "nowhere")
    assert caught.value.code == "not_found"
    with pytest.raises(UserError) as caught:
        exams_at(tmp_path)
    assert caught.value.code == "not_an_exam"
    broken = tmp_path / "t2w.nrrd"
    broken.write_text("nothing")
    assert spacing_mm_of(broken) is None
