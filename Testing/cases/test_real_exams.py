"""The real patients: right roles for all, and DICOM equal to the NIfTI files made of it by others."""

from __future__ import annotations

import csv
import tarfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.channels import channels
from QualityFinetuneLib.cases.found import FoundCase, ScanResult
from QualityFinetuneLib.cases.grid import geometry_of, profound_grid, same_grid
from QualityFinetuneLib.cases.reading import read_image, read_series
from QualityFinetuneLib.cases.roles import PROFOUND_CHANNELS, Role
from QualityFinetuneLib.cases.scan import scan
from QualityFinetuneLib.common.errors import ErrorCode

pytestmark = pytest.mark.real_data

ROLE_OF_FILE = {
    "t2w": Role.T2W,
    "adc": Role.ADC,
    "b50": Role.DWI,
    "b400": Role.DWI,
    "b800": Role.DWI,
    "hbv_calc": Role.HBV,
    "hbv_acq": Role.HBV,
    "t2w_repeat_motion": Role.OTHER,
}


@pytest.fixture(scope="module")
def all_patients(prostate_mini: Path) -> ScanResult:
    return scan(prostate_mini)


@pytest.fixture(scope="module")
def from_dicom(prostate_mini: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, FoundCase]:
    """Both original studies, unpacked and scanned together."""
    folder = tmp_path_factory.mktemp("dicom")
    for archive in sorted((prostate_mini / "dicom").glob("*.tar.xz")):
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
    result = scan(folder)
    assert not result.messages
    return {case.name: case for case in result.cases}


def test_all_patients_are_found_with_the_right_roles(all_patients: ScanResult, prostate_mini: Path) -> None:
    with (prostate_mini / "cases.csv").open(encoding="utf-8") as file:
        rows = {row["case"]: row["series"].split() for row in csv.DictReader(file)}
    assert len(rows) == 17
    assert {case.name for case in all_patients.cases} == set(rows)
    for case in all_patients.cases:
        assert case.patient == case.exam == case.name
        assert not case.simulated
        expected = {name: ROLE_OF_FILE[name] for name in rows[case.name] if name in ROLE_OF_FILE}
        assert {series.name: series.role for series in case.series} == expected
        assert case.first(Role.T2W).name == "t2w"
        assert "gland_taps" in [mask.source for mask in case.masks if mask.task == "gland"]


def test_masks_of_the_other_tree_join_their_case(all_patients: ScanResult, prostate_mini: Path) -> None:
    for case in all_patients.cases:
        labels = prostate_mini / "labels-nc" / case.name
        expected = {p.name.removesuffix(".nii.gz") for p in labels.glob("*.nii.gz")} | {"gland_taps"}
        assert {mask.source for mask in case.masks} == expected
        t2w = read_series(case.first(Role.T2W))
        for mask in case.masks:
            assert mask.task in mask.source
            assert same_grid(read_image(mask.path), t2w)


def test_only_the_archives_are_mentioned(all_patients: ScanResult) -> None:
    assert {m.path.name for m in all_patients.messages} == {"ProstateX-0000.tar.xz", "ProstateX-0218.tar.xz"}
    assert {m.code for m in all_patients.messages} == {ErrorCode.NOT_AN_EXAM}


def test_b_values_and_how_they_came_about(all_patients: ScanResult) -> None:
    case = next(c for c in all_patients.cases if c.name == "ProstateX-0000")
    assert [(s.name, s.b_value, s.calculated) for s in case.series if s.role in (Role.HBV, Role.DWI)] == [
        ("hbv_calc", None, True),
        ("b50", 50, False),
        ("b400", 400, False),
        ("b800", 800, False),
    ]


def test_prostatex_0000_is_sorted_by_its_headers(from_dicom: dict[str, FoundCase]) -> None:
    case = from_dicom["ProstateX-0000"]
    assert [(s.name, s.role, s.b_value, s.calculated, len(s.paths)) for s in case.series] == [
        ("t2w", Role.T2W, None, None, 19),
        ("t2w_sag", Role.T2W_SAG, None, None, 19),
        ("t2w_cor", Role.T2W_COR, None, None, 15),
        ("hbv_b1000_calculated", Role.HBV, 1000, True, 19),
        ("adc", Role.ADC, None, None, 19),
        ("dwi_b50", Role.DWI, 50, False, 19),
        ("dwi_b400", Role.DWI, 400, False, 19),
        ("dwi_b800", Role.DWI, 800, False, 19),
        ("other_tfl_3d_pd_ref_tra_1_5x1_5_t3", Role.OTHER, None, None, 16),
    ]
    assert case.first(Role.ADC).headers["DiffusionBValues"] == [50, 400, 800]


def test_prostatex_0218_is_sorted_by_its_headers(from_dicom: dict[str, FoundCase]) -> None:
    case = from_dicom["ProstateX-0218"]
    assert [(s.name, s.role) for s in case.series if s.role is not Role.DCE] == [
        ("t2w", Role.T2W),
        ("t2w_sag", Role.T2W_SAG),
        ("t2w_cor", Role.T2W_COR),
        ("hbv_b1400", Role.HBV),
        ("hbv_b1600_calculated", Role.HBV),
        ("adc", Role.ADC),
        ("adc_2", Role.ADC),
        ("dwi_b0", Role.DWI),
        ("dwi_b100", Role.DWI),
        ("dwi_b100_2", Role.DWI),
        ("dwi_b400", Role.DWI),
        ("dwi_b500", Role.DWI),
        ("dwi_b800", Role.DWI),
    ]
    maps = [s.headers["DiffusionBValues"] for s in case.series if s.role is Role.ADC]
    assert maps == [[0, 100, 400, 800], [100, 500, 1400]]


def test_the_dynamic_series_has_fourteen_time_points(from_dicom: dict[str, FoundCase]) -> None:
    points = [s for s in from_dicom["ProstateX-0218"].series if s.role is Role.DCE]
    assert [s.time_index for s in points] == list(range(14))
    times = [s.time_s for s in points]
    assert times[0] == 0
    assert np.allclose(np.diff(times)[1:], 4.23, atol=0.01)  # TWIST: the first frame takes longer
    # The scanner wrote its own times into the descriptions, e.g. "TT=12.2s".
    stated = [float(str(s.headers["SeriesDescription"]).split("TT=")[1].rstrip("s")) for s in points]
    assert stated == sorted(stated)
    assert np.allclose(np.diff(stated)[1:], np.diff(times)[1:], atol=0.1)
    assert {s.headers["TemporalResolution"] for s in points} == {4232.5}


@pytest.mark.parametrize(
    "name, files",
    [
        (
            "ProstateX-0000",
            {"t2w": "t2w", "adc": "adc", "b50": "dwi_b50", "b400": "dwi_b400", "b800": "dwi_b800",
             "hbv_calc": "hbv_b1000_calculated"},
        ),
        ("ProstateX-0218", {"t2w": "t2w", "adc": "adc", "hbv_acq": "hbv_b1400"}),
    ],
)  # fmt: skip
def test_dicom_gives_the_volumes_of_the_nifti_files(
    from_dicom: dict[str, FoundCase], prostate_mini: Path, name: str, files: dict[str, str]
) -> None:
    series = {s.name: s for s in from_dicom[name].series}
    for file, found in files.items():
        nifti, dicom = read_image(prostate_mini / "cases" / name / f"{file}.nii.gz"), read_series(series[found])
        assert dicom.GetPixelID() == nifti.GetPixelID() == sitk.sitkInt16
        assert np.array_equal(sitk.GetArrayFromImage(dicom), sitk.GetArrayFromImage(nifti)), file
        assert same_grid(dicom, nifti, tolerance_mm=1e-3), file  # NIfTI keeps float32


def test_the_first_of_each_role_is_what_the_nifti_case_holds(
    from_dicom: dict[str, FoundCase], prostate_mini: Path
) -> None:
    for name, high_b in (("ProstateX-0000", "hbv_calc"), ("ProstateX-0218", "hbv_acq")):
        for role, file in ((Role.T2W, "t2w"), (Role.ADC, "adc"), (Role.HBV, high_b)):
            nifti = read_image(prostate_mini / "cases" / name / f"{file}.nii.gz")
            dicom = read_series(from_dicom[name].first(role))
            assert np.array_equal(sitk.GetArrayFromImage(dicom), sitk.GetArrayFromImage(nifti))


def test_every_dicom_volume_equals_what_simpleitk_reads(from_dicom: dict[str, FoundCase]) -> None:
    for case in from_dicom.values():
        for series in case.series:
            theirs = sitk.ReadImage([str(path) for path in series.paths])
            ours = read_series(series)
            assert same_grid(ours, theirs, tolerance_mm=1e-4), series.name
            assert np.array_equal(sitk.GetArrayFromImage(ours), sitk.GetArrayFromImage(theirs)), series.name


def test_headers_tell_no_identity(from_dicom: dict[str, FoundCase]) -> None:
    for case in from_dicom.values():
        for series in case.series:
            text = repr(dict(series.headers))
            for secret in ("1.3.6.1.4.1", "ProstateX", "2037145102504919", "20110707", "20110218", "063Y"):
                assert secret not in text
            assert series.headers["MagneticFieldStrength"] in (3, 3.0)
            assert series.headers["Manufacturer"] == "SIEMENS"


def test_the_technical_headers_of_a_t2w(from_dicom: dict[str, FoundCase]) -> None:
    headers = from_dicom["ProstateX-0218"].first(Role.T2W).headers
    assert headers["SliceThickness"] == 3
    assert headers["SpacingBetweenSlices"] == pytest.approx(3.6)
    assert headers["PixelSpacing"] == [0.625, 0.625]
    assert (headers["EchoTime"], headers["RepetitionTime"]) == (101, 4000)
    assert headers["ManufacturerModelName"] == "TrioTim"


def test_dicom_and_nifti_feed_the_network_alike(from_dicom: dict[str, FoundCase], all_patients: ScanResult) -> None:
    """The whole way to ProFound's input, from the oblique, coarser diffusion grid too."""
    nifti_case = next(c for c in all_patients.cases if c.name == "ProstateX-0218")
    inputs = []
    for case in (nifti_case, from_dicom["ProstateX-0218"]):
        images = {role: read_series(case.first(role)) for role in PROFOUND_CHANNELS}
        grid = profound_grid(images[Role.T2W])
        stacked, warned = channels(images, PROFOUND_CHANNELS, grid)
        assert not warned
        assert stacked.shape == (3, 64, 224, 224)
        assert np.isfinite(stacked).all()
        assert np.allclose(geometry_of(grid).centre_mm, geometry_of(images[Role.T2W]).centre_mm)
        inputs.append(stacked)
    assert np.abs(inputs[0] - inputs[1]).max() < 0.02
    assert all(channel.any() for channel in inputs[0])
