"""Exams from image files: cases by folder, masks from other trees, 4D files, conflicts."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.found import Severity
from QualityFinetuneLib.cases.reading import read_series
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.scan import scan
from QualityFinetuneLib.common.errors import ErrorCode


@pytest.fixture
def put(tmp_path, an_image):
    """`put("P1/t2w.nrrd")` writes an image below the scanned folder."""

    def write(relative, image=None, label=False):
        path = tmp_path / "exams" / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        image = image if image is not None else an_image()
        sitk.WriteImage(sitk.Cast(image > 1050, sitk.sitkUInt8) if label else image, str(path))
        return path

    write.root = tmp_path / "exams"
    return write


def four_d(frames: int) -> sitk.Image:
    values = np.arange(frames * 3 * 4 * 5, dtype=np.int16).reshape(frames, 3, 4, 5)
    return sitk.JoinSeries([sitk.GetImageFromArray(v) for v in values])


def test_files_of_a_folder_are_a_case(put) -> None:
    for name in (
        "t2w.nii.gz",
        "adc.nii.gz",
        "b50.nii.gz",
        "b800.nii.gz",
        "hbv_calc.nii.gz",
        "t2w_repeat_motion.nii.gz",
    ):
        put(f"P1/{name}")
    put("P1/gland_taps.nii.gz", label=True)
    result = scan(put.root)
    (case,) = result.cases
    assert not result.messages
    assert (case.name, case.patient, case.exam, case.simulated) == ("P1", "P1", "P1", False)
    assert [(s.role.value, s.name) for s in case.series] == [
        ("t2w", "t2w"),
        ("hbv", "hbv_calc"),
        ("adc", "adc"),
        ("dwi", "b50"),
        ("dwi", "b800"),
        ("other", "t2w_repeat_motion"),
    ]
    assert [(m.task, m.source) for m in case.masks] == [("gland", "gland_taps")]


def test_masks_of_another_tree_join_by_name(put) -> None:
    put("cases/P1/t2w.nrrd")
    put("cases/P2/t2w.nrrd")
    put("labels/P1/picai_zones_yuan23.nrrd", label=True)
    put("labels/P9/gland.nrrd", label=True)
    result = scan(put.root)
    assert {c.name: [m.source for m in c.masks] for c in result.cases} == {"P1": ["picai_zones_yuan23"], "P2": []}
    (message,) = result.messages
    assert message.code is ErrorCode.NO_LABEL
    assert "No exam is named P9" in message.why


def test_picai_layout_is_imported(put) -> None:
    for name in ("t2w", "adc", "hbv"):
        put(f"images/10000/10000_1000000_{name}.mha")
    put("labels/anatomical_delineations/whole_gland/AI/Bosma22b/10000_1000000.nii.gz", label=True)
    (case,) = scan(put.root).cases
    assert (case.name, case.patient) == ("10000_1000000", "10000")
    assert [s.role for s in case.series] == [Role.T2W, Role.HBV, Role.ADC]
    assert [(m.task, m.source) for m in case.masks] == [("gland", "Bosma22b")]


def test_folders_of_one_name_are_not_mixed(put) -> None:
    for tree in ("a", "b"):
        put(f"{tree}/P1/t2w.nrrd")
    put("labels/P1/gland.nrrd", label=True)
    put("a/P1/zones.nrrd", label=True)
    result = scan(put.root)
    assert {c.name for c in result.cases} == {"a-P1", "b-P1"}
    assert {c.patient for c in result.cases} == {"P1"}
    assert len({c.exam for c in result.cases}) == 2
    assert [len(c.masks) for c in result.cases] == [1, 0]
    codes = sorted(m.code for m in result.messages)
    assert codes == [ErrorCode.CONFLICT, ErrorCode.CONFLICT, ErrorCode.NO_LABEL]


@pytest.mark.parametrize("marker", ["name", "file"])
def test_simulated_exams_are_marked(put, marker) -> None:
    folder = "Simulated-0001" if marker == "name" else "P1"
    put(f"{folder}/t2w.nrrd")
    if marker == "file":
        (put.root / folder / "simulated.yaml").write_text("seed: 0\n")
    assert scan(put.root).cases[0].simulated


def test_two_files_for_one_role_are_told(put) -> None:
    put("P1/t2w.nii.gz")
    put("P1/t2w.nrrd")
    result = scan(put.root)
    assert [s.paths[0].name for s in result.cases[0].series] == ["t2w.nii.gz"]
    assert result.messages[0].code is ErrorCode.CONFLICT
    assert "already has t2w.nii.gz" in result.messages[0].why


def test_an_unreadable_file_leaves_the_rest(put) -> None:
    put("P1/t2w.nrrd")
    put("P1/adc.nrrd").write_bytes(b"garbage")
    put("P1/hbv.nii.gz").write_bytes(put("P1/hbv.nii.gz").read_bytes()[:-40])
    result = scan(put.root)
    assert [s.role for s in result.cases[0].series] == [Role.T2W]
    assert {m.path.name for m in result.messages} == {"adc.nrrd", "hbv.nii.gz"}
    assert {m.severity for m in result.messages} == {Severity.ERROR}


def test_a_folder_of_unreadable_images_is_no_case_and_takes_no_masks(put) -> None:
    put("a/P1/t2w.nrrd").write_bytes(b"garbage")
    put("a/P1/gland.nrrd", label=True)
    assert not scan(put.root).cases


@pytest.mark.parametrize("name", ["dwi.nii.gz", "dwi.nrrd"])
def test_a_4d_file_is_split_by_its_b_values(put, name) -> None:
    put("P1/t2w.nrrd")
    image = four_d(3)
    put(f"P1/{name}", image)
    (put.root / "P1" / "dwi.bval").write_text("50 400 1400\n")
    result = scan(put.root)
    assert not result.messages
    by_b = {s.b_value: s for s in result.cases[0].series if s.b_value is not None}
    assert {b: s.role for b, s in by_b.items()} == {50: Role.DWI, 400: Role.DWI, 1400: Role.HBV}
    for frame, b_value in enumerate((50, 400, 1400)):
        read = sitk.GetArrayFromImage(read_series(by_b[b_value]))
        assert np.array_equal(read, sitk.GetArrayFromImage(image)[frame])


def test_repeated_b_values_are_not_guessed(put) -> None:
    put("P1/t2w.nrrd")
    put("P1/dwi.nii.gz", four_d(5))
    (put.root / "P1" / "dwi.bval").write_text("0 0 800 800 800")
    result = scan(put.root)
    assert [s.b_value for s in result.cases[0].series if s.role is Role.DWI] == [0]
    assert "3 of them" in result.messages[0].why


@pytest.mark.parametrize(
    "b_values, words",
    [
        (None, "nothing tells what each"),
        ("0 800", "has 2 b-values"),
        ("zero", "cannot be read"),
        ("", "nothing tells"),
    ],
)
def test_a_4d_file_without_matching_b_values_is_left_out(put, b_values, words) -> None:
    put("P1/t2w.nrrd")
    put("P1/dwi.nii.gz", four_d(3))
    if b_values is not None:
        (put.root / "P1" / "dwi.bval").write_text(b_values)
    result = scan(put.root)
    assert [s.role for s in result.cases[0].series] == [Role.T2W]
    assert words in result.messages[0].why


def test_a_4d_t2w_is_left_out(put) -> None:
    put("P1/t2w.nii.gz", four_d(2))
    put("P1/adc.nrrd")
    result = scan(put.root)
    assert [s.role for s in result.cases[0].series] == [Role.ADC]
    assert [m.code for m in result.messages] == [ErrorCode.BAD_GEOMETRY, ErrorCode.MISSING_SERIES]


def test_a_4d_dynamic_series_is_split_by_time(put) -> None:
    put("P1/t2w.nrrd")
    put("P1/dce.nrrd", four_d(4))
    series = [s for s in scan(put.root).cases[0].series if s.role is Role.DCE]
    assert [(s.name, s.frame, s.time_index) for s in series] == [(f"dce_{i + 1:02d}", i, i) for i in range(4)]


def test_a_single_volume_may_have_its_b_value_beside_it(put) -> None:
    put("P1/t2w.nrrd")
    put("P1/dwi.nrrd")
    assert "b-value of dwi.nrrd is not known" in scan(put.root).messages[0].what
    (put.root / "P1" / "dwi.bval").write_text("1500")
    result = scan(put.root)
    assert not result.messages
    assert result.cases[0].first(Role.HBV).b_value == 1500


@pytest.mark.parametrize("values", ["fractions", "negative", "many"])
def test_a_mask_must_be_a_label_map(put, an_image, values) -> None:
    put("P1/t2w.nrrd")
    image = sitk.Cast(an_image(), sitk.sitkFloat32)
    put("P1/gland.nrrd", {"fractions": image * 0.01, "negative": image * 0 - 1, "many": image}[values])
    result = scan(put.root)
    assert not result.cases[0].masks
    assert result.messages[0].code is ErrorCode.BAD_LABEL


def test_unknown_names_are_told(put) -> None:
    put("P1/t2w.nrrd")
    put("P1/something.nrrd")
    (message,) = scan(put.root).messages
    assert message.path.name == "something.nrrd"
    assert "name pattern" in message.why


def test_a_degraded_copy_belongs_to_the_patient_of_its_source(put) -> None:
    put("P1/t2w.nrrd")
    put("Simulated P1 severe/t2w.nrrd")
    (put.root / "Simulated P1 severe" / "simulated.yaml").write_text("content: degraded\npatient: P1\nsource: P1\n")
    found = scan(put.root)
    assert {case.name: case.patient for case in found.cases} == {"P1": "P1", "Simulated P1 severe": "P1"}


def test_a_damaged_marker_is_told_and_the_exam_stays_simulated(put) -> None:
    put("P1/t2w.nrrd")
    (put.root / "P1" / "simulated.yaml").write_text("patient: [1\n")
    found = scan(put.root)
    assert found.cases[0].simulated
    assert [message.code for message in found.messages if "simulated.yaml" in message.what] == [ErrorCode.BAD_CONFIG]
