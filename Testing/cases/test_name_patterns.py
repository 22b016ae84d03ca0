"""Names of image files, as the packaged patterns and a site's own read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cases.name_patterns import load_patterns, match
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError

ROOT = Path("exams")


def named(relative: str):
    return match(ROOT / relative, ROOT, load_patterns())


@pytest.mark.parametrize(
    "name, role, b_value, calculated",
    [
        ("t2w.nii.gz", Role.T2W, None, None),
        ("T2W.NRRD", Role.T2W, None, None),
        ("t2.mha", Role.T2W, None, None),
        ("t2_tse_tra.nii.gz", Role.T2W, None, None),
        ("t2w_sag.nrrd", Role.T2W_SAG, None, None),
        ("t2_tse_cor.nrrd", Role.T2W_COR, None, None),
        ("t2w_repeat_motion.nii.gz", Role.OTHER, None, None),
        ("adc.nii.gz", Role.ADC, None, None),
        ("adc_map.nii.gz", Role.ADC, None, None),
        ("b50.nii.gz", Role.DWI, 50, False),
        ("b800.nii.gz", Role.DWI, 800, False),
        ("dwi_b1400.nrrd", Role.DWI, 1400, False),
        ("b1600_calc.nrrd", Role.DWI, 1600, True),
        ("hbv.nrrd", Role.HBV, None, None),
        ("hbv_calc.nii.gz", Role.HBV, None, True),
        ("hbv_acq.nii.gz", Role.HBV, None, False),
        ("dwi.nii.gz", Role.DWI, None, None),
        ("dce.nrrd", Role.DCE, None, None),
        ("dce_07.nrrd", Role.DCE, None, None),
    ],
)
def test_series_names(name, role, b_value, calculated) -> None:
    kind = named(f"P1/{name}").kind
    assert (kind.role, kind.b_value, kind.calculated, kind.task) == (role, b_value, calculated, None)


@pytest.mark.parametrize(
    "name, task",
    [
        ("gland_taps.nii.gz", "gland"),
        ("gland.nrrd", "gland"),
        ("picai_gland_bosma22b.nii.gz", "gland"),
        ("picai_zones_yuan23.nii.gz", "zones"),
        ("zones.nrrd", "zones"),
        ("picai_lesion_human.nii.gz", "lesion"),
        ("lesion.nrrd", "lesion"),
        ("prostate.mha", "gland"),
    ],
)
def test_mask_names(name, task) -> None:
    assert named(f"P1/{name}").kind.task == task


@pytest.mark.parametrize("name", ["notes.nii.gz", "t1.nii.gz", "b50x.nii.gz", "scan_1.mha", "glandular.nrrd"])
def test_other_names_say_nothing(name) -> None:
    assert named(f"P1/{name}") is None


@pytest.mark.parametrize(
    "path, case, patient",
    [
        ("ProstateX-0000/t2w.nii.gz", "ProstateX-0000", "ProstateX-0000"),
        ("cases/ProstateX-0000/t2w.nii.gz", "ProstateX-0000", "ProstateX-0000"),
        ("t2w.nii.gz", "exams", "exams"),
        ("images/10000/10000_1000000_t2w.mha", "10000_1000000", "10000"),
        ("10000_1000000_hbv.mha", "10000_1000000", "10000"),
        ("flat/ProstateX-0004_adc.nii.gz", "ProstateX-0004", "ProstateX-0004"),
        ("sub-01/ses-02/t2w.nii.gz", "sub-01_ses-02", "sub-01"),
        ("P1/2020-01-31/t2w.nii.gz", "P1_2020-01-31", "P1"),
    ],
)
def test_case_and_patient_come_from_folder_or_prefix(path, case, patient) -> None:
    found = named(path)
    assert (found.case, found.patient) == (case, patient)


@pytest.mark.parametrize(
    "folder, task",
    [
        ("csPCa_lesion_delineations/human_expert/resampled", "lesion"),
        ("anatomical_delineations/whole_gland/AI/Bosma22b", "gland"),
        ("anatomical_delineations/zonal_pz_tz/AI/HeviAI23", "zones"),
    ],
)
def test_picai_labels_are_known_by_their_folder(folder, task) -> None:
    found = named(f"{folder}/10000_1000000.nii.gz")
    assert (found.kind.task, found.case, found.patient) == (task, "10000_1000000", "10000")
    assert named("elsewhere/10000_1000000.nii.gz") is None


def test_a_site_brings_its_own_names(tmp_path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text("series:\n  - {role: t2w, name: 'axt2'}\n")
    ours = load_patterns(path)
    assert match(ROOT / "P1/AxT2.nrrd", ROOT, ours).kind.role is Role.T2W
    assert match(ROOT / "P1/t2w.nrrd", ROOT, ours) is None


@pytest.mark.parametrize(
    "text, words",
    [
        ("series:\n  - {role: t2w, name: '('}\n", "not a regular expression"),
        ("series:\n  - {role: t3w, name: x}\n", "role"),
        ("series: []\n", "series"),
        ("serie: []\n", "serie"),
    ],
)
def test_a_mistake_in_the_patterns_is_named(tmp_path, text, words) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        load_patterns(path)
    assert caught.value.code is ErrorCode.BAD_CONFIG
    assert words in caught.value.why
    assert "line" in caught.value.why.lower()
