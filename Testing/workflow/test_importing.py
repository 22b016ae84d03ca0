"""A folder of exams becomes cases with series and imported masks: each wholly or not at all, each only once."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.reading import read_image
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow import importing
from QualityFinetuneLib.workflow.importing import import_folder


def test_volumes_arrive_with_the_same_voxels_and_geometry(study: Study, cohort: Path) -> None:
    for case in study.cases.all():
        assert case.simulated
        for series in study.cases.series(case.id):
            original = sitk.ReadImage(str(cohort / case.name / f"{series.role.value}.nrrd"))
            copy = sitk.ReadImage(str(series.path))
            assert (sitk.GetArrayFromImage(copy) == sitk.GetArrayFromImage(original)).all()
            assert copy.GetOrigin() == pytest.approx(original.GetOrigin(), abs=1e-9)
            assert copy.GetDirection() == pytest.approx(original.GetDirection(), abs=1e-12)
            assert copy.GetSpacing() == pytest.approx(original.GetSpacing(), abs=1e-12)


def test_importing_again_adds_nothing_and_says_so(study: Study, cohort: Path) -> None:
    report = import_folder(study, cohort)
    assert report.added == ()
    assert len(report.already) == 6
    assert {message.code for message in report.messages} == {ErrorCode.CONFLICT}
    assert report.errors == ()


def test_a_new_exam_beside_known_ones_is_added(study: Study, cohort: Path, tmp_path: Path) -> None:
    shutil.copytree(cohort, tmp_path / "more")
    shutil.copytree(cohort / "Simulated-0001", tmp_path / "more" / "Simulated-0099")
    report = import_folder(study, tmp_path / "more")
    assert [case.name for case in report.added] == ["Simulated-0099"]


def test_an_exam_that_fails_half_way_leaves_nothing_behind(
    empty: Study, exams: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    real = importing.write_image

    def fail_at_third(image: sitk.Image, path: Path) -> None:
        written.append(path.name)
        if len(written) == 3:
            raise UserError(ErrorCode.UNREADABLE_FILE, what="A series broke.", why="It did.", next="Repair it.")
        real(image, path)

    monkeypatch.setattr(importing, "write_image", fail_at_third)
    report = import_folder(empty, exams)
    assert [case.name for case in report.added] == ["Simulated-0003"]
    assert len(report.errors) == 1
    assert "Simulated-0001" in report.errors[0].what
    assert len(list(empty.paths.cases.iterdir())) == 1
    assert empty.verify() == []


def test_a_full_disk_stops_the_import(empty: Study, exams: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(image: sitk.Image, path: Path) -> None:
        raise UserError(ErrorCode.DISK_FULL, what="Full.", why="Full.", next="Free some.")

    monkeypatch.setattr(importing, "write_image", full)
    with pytest.raises(UserError) as failure:
        import_folder(empty, exams)
    assert failure.value.code is ErrorCode.DISK_FULL
    assert list(empty.paths.cases.iterdir()) == []


def test_two_exams_of_one_name_get_different_names(empty: Study, exams: Path, tmp_path: Path) -> None:
    import_folder(empty, exams)
    other = tmp_path / "other" / "deeper" / "Simulated-0001"
    shutil.copytree(exams / "Simulated-0001", other)
    report = import_folder(empty, tmp_path / "other")
    names = [case.name for case in empty.cases.all()]
    assert len(names) == len(set(names))
    assert len(report.added) + len(report.already) == 1


def test_headers_of_plain_files_do_not_travel(study: Study) -> None:
    series = study.cases.first(1, Role.T2W)
    assert series is not None
    assert "content" not in sitk.ReadImage(str(series.path)).GetMetaDataKeys()


def test_progress_ends_with_all_exams(empty: Study, exams: Path) -> None:
    seen: list[tuple[int, int]] = []
    import_folder(empty, exams, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (2, 2)
    assert all(done <= total for done, total in seen)


@pytest.mark.real_data
def test_every_real_patient_imports_with_its_masks(empty: Study, prostate_mini: Path) -> None:
    report = import_folder(empty, prostate_mini)
    assert len(report.added) == 17
    assert report.errors == ()
    for case in report.added:
        assert empty.cases.first(case.id, Role.T2W) is not None
        assert not case.simulated
    zones = empty.annotations.trainable("zones")
    assert len(zones) == 7
    for annotation in zones.values():
        assert set(np.unique(sitk.GetArrayFromImage(read_image(annotation.path)))) == {0, 1, 2}
