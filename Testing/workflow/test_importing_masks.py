"""Masks beside an exam's images: onto the T2w grid, or left out with the reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import SimpleITK as sitk

from QualityFinetuneLib.cases.found import Severity
from QualityFinetuneLib.cases.grid import same_grid
from QualityFinetuneLib.cases.reading import read_image
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.importing import import_folder


def test_a_truncated_mask_is_told_and_the_exam_is_imported_without_it(empty: Study, exams: Path) -> None:
    broken = exams / "Simulated-0001" / "zones.nrrd"
    broken.write_bytes(broken.read_bytes()[:600])
    report = import_folder(empty, exams)
    assert len(report.added) == 2
    assert any(message.path.name == "zones.nrrd" for message in report.errors)
    assert 1 not in empty.annotations.trainable("zones")
    assert {1, 2} == set(empty.annotations.trainable("gland"))
    assert empty.verify() == []


def test_a_mask_of_another_place_is_left_out_with_the_reason(empty: Study, exams: Path) -> None:
    path = exams / "Simulated-0001" / "gland.nrrd"
    mask = sitk.ReadImage(str(path))
    mask.SetOrigin((900.0, 0.0, 0.0))
    sitk.WriteImage(mask, str(path))
    report = import_folder(empty, exams)
    assert [message.code for message in report.errors] == [ErrorCode.BAD_GEOMETRY]


def test_a_mask_on_another_grid_is_resampled_with_a_note(empty: Study, exams: Path) -> None:
    path = exams / "Simulated-0001" / "gland.nrrd"
    sitk.WriteImage(sitk.ReadImage(str(path))[4:-4, :, :], str(path))
    report = import_folder(empty, exams)
    assert report.errors == ()
    assert any("resampled" in message.what for message in report.messages)


def test_several_masks_for_one_task_are_told_once(empty: Study, exams: Path) -> None:
    for case in exams.iterdir():
        shutil.copy(case / "gland.nrrd", case / "gland_taps.nrrd")
    report = import_folder(empty, exams)
    told = [message for message in report.messages if "masks for gland" in message.what]
    assert len(told) == 1
    assert told[0].what.startswith("2 exams")
    assert told[0].severity is Severity.WARNING
    assert told[0].why == "gland is trained on and compared with; kept beside it: gland_taps."
    assert {one.source for one in empty.annotations.all_current("gland").values()} == {"gland"}


def test_the_preferred_one_of_several_masks_is_used_and_the_other_is_kept(empty: Study, exams: Path) -> None:
    for case in exams.iterdir():
        shutil.copy(case / "gland.nrrd", case / "gland_taps.nrrd")
    report = import_folder(empty, exams, prefer=["taps"])
    assert {one.source for one in empty.annotations.all_current("gland").values()} == {"gland_taps"}
    assert {one.source for one in empty.annotations.history(1, "gland")} == {"gland", "gland_taps"}
    assert any(message.why.startswith("gland_taps is trained on") for message in report.messages)


def test_a_mask_without_a_t2w_is_told(empty: Study, exams: Path) -> None:
    shutil.rmtree(exams / "Simulated-0003")
    (exams / "Simulated-0001" / "t2w.nrrd").unlink()
    report = import_folder(empty, exams)
    assert report.masks == 0
    assert sum(message.code is ErrorCode.MISSING_SERIES for message in report.errors) == 3


def test_masks_become_imported_annotations_on_the_t2w_grid(study: Study) -> None:
    assert len(study.annotations.all()) == 6 * 3
    for annotation in study.annotations.all():
        assert (annotation.origin, annotation.status) == ("imported", "accepted")
        t2w = study.cases.first(annotation.case_id, Role.T2W)
        assert t2w is not None
        assert same_grid(read_image(annotation.path), read_image(t2w.path))
    assert set(study.annotations.trainable("zones")) == {case.id for case in study.cases.all()}
    assert study.verify() == []
