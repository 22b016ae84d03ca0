"""Roles by headers: one row a kind of series, as different vendors write it."""

from __future__ import annotations

import pytest

from QualityFinetuneLib.cases.by_headers import RULES, facts_of, is_calculated, plane_of, rule_for
from QualityFinetuneLib.cases.headers import read_slices
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.stacks import sort_slices

T2 = {"ScanningSequence": "SE", "EchoTime": 101, "RepetitionTime": 4000, "ImageType": ["ORIGINAL", "PRIMARY", "M"]}
EPI = {
    "ScanningSequence": "EP",
    "EchoTime": 65,
    "RepetitionTime": 3000,
    "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"],
}
FAST = {
    "ScanningSequence": "GR",
    "EchoTime": 1.7,
    "RepetitionTime": 4.5,
    "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"],
}
DERIVED = ["DERIVED", "PRIMARY", "DIFFUSION"]

KINDS = [
    # vendor, tags, expected role, expected rule
    ("siemens", T2 | {"SeriesDescription": "t2_tse_tra_320_p2"}, Role.T2W, "T2w axial"),
    ("ge", T2 | {"SeriesDescription": "Ax T2 FRFSE"}, Role.T2W, "T2w axial"),
    ("ge propeller", T2 | {"SeriesDescription": "Ax T2 PROPELLER"}, Role.T2W, "T2w axial"),
    (
        "philips",
        T2 | {"SeriesDescription": "T2W_TSE_ax", "ImageType": ["ORIGINAL", "PRIMARY", "M_SE", "M", "SE"]},
        Role.T2W,
        "T2w axial",
    ),
    ("uih", T2 | {"SeriesDescription": "t2_fse_tra"}, Role.T2W, "T2w axial"),
    (
        "space",
        T2 | {"SeriesDescription": "t2_spc_rst_axial", "MRAcquisitionType": "3D", "EchoTime": 203},
        Role.T2W,
        "T2w axial",
    ),
    ("no echo time", {"SeriesDescription": "T2 axial", "ScanningSequence": "SE"}, Role.T2W, "T2w axial"),
    ("only words", {"SeriesDescription": "T2W axial"}, Role.T2W, "T2w axial"),
    (
        "t1 se",
        T2 | {"SeriesDescription": "t1_tse_tra", "EchoTime": 11, "RepetitionTime": 600},
        Role.OTHER,
        "anything else",
    ),
    ("pd", T2 | {"SeriesDescription": "pd_tse_tra", "EchoTime": 30}, Role.OTHER, "proton density"),
    (
        "pd gre",
        FAST | {"SeriesDescription": "tfl_3d PD ref_tra", "RepetitionTime": 800},
        Role.OTHER,
        "proton density",
    ),
    ("stir", T2 | {"SeriesDescription": "t2_stir_tra"}, Role.OTHER, "special T2"),
    ("haste", T2 | {"SeriesDescription": "t2_haste_tra"}, Role.OTHER, "special T2"),
    (
        "t2 star",
        FAST | {"SeriesDescription": "t2star_gre", "EchoTime": 20, "RepetitionTime": 600},
        Role.OTHER,
        "special T2",
    ),
    (
        "t2 map",
        T2 | {"SeriesDescription": "T2 map", "ImageType": ["DERIVED", "PRIMARY", "T2 MAP"]},
        Role.OTHER,
        "post-processed",
    ),
    ("localizer", T2 | {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, Role.OTHER, "localiser"),
    ("survey", FAST | {"SeriesDescription": "Survey"}, Role.OTHER, "localiser"),
    ("localiser by name", T2 | {"SeriesDescription": "t2_haste_loc_3plane"}, Role.OTHER, "localiser"),
    (
        "siemens adc",
        EPI | {"SeriesDescription": "ep2d_diff_ADC", "ImageType": [*DERIVED, "ADC", "DIS2D"]},
        Role.ADC,
        "ADC",
    ),
    (
        "siemens adc of b 1400",
        EPI
        | {
            "SeriesDescription": "ADC_high bvalue",
            "SequenceName": "",
            "ImageType": [*DERIVED, "TRACEW", "ND", "ADC"],
        },
        Role.ADC,
        "ADC",
    ),
    (
        "ge adc",
        EPI | {"SeriesDescription": "ADC (10^-6 mm2/s)", "ImageType": ["DERIVED", "PRIMARY", "ADC"]},
        Role.ADC,
        "ADC",
    ),
    (
        "philips adc",
        EPI | {"SeriesDescription": "dADC", "ImageType": ["DERIVED", "PRIMARY", "ADC", "ADC"]},
        Role.ADC,
        "ADC",
    ),
    (
        "adc by words",
        EPI
        | {
            "SeriesDescription": "Apparent Diffusion Coefficient (mm2/s)",
            "ImageType": ["DERIVED", "SECONDARY", "OTHER"],
        },
        Role.ADC,
        "ADC",
    ),
    (
        "exponential adc",
        EPI | {"SeriesDescription": "eADC", "ImageType": ["DERIVED", "PRIMARY", "ADC"]},
        Role.OTHER,
        "exponential ADC",
    ),
    (
        "dwi with adc in the protocol",
        EPI | {"SeriesDescription": "dwi", "ProtocolName": "DWI ADC", "DiffusionBValue": 800.0},
        Role.DWI,
        "diffusion",
    ),
    ("standard dwi", EPI | {"SeriesDescription": "DWI", "DiffusionBValue": 1400.0}, Role.DWI, "diffusion"),
    ("b 0 of a dwi", EPI | {"SeriesDescription": "DWI", "DiffusionBValue": 0.0}, Role.DWI, "diffusion"),
    ("b 0 written in a T2w", T2 | {"SeriesDescription": "T2W_TSE_ax", "DiffusionBValue": 0.0}, Role.T2W, "T2w axial"),
    (
        "resolve is a spin echo too",
        EPI | {"SeriesDescription": "resolve_b1000", "ScanningSequence": ["EP", "SE"]},
        Role.DWI,
        "diffusion",
    ),
    ("no b-value", EPI | {"SeriesDescription": "DWI trace"}, Role.OTHER, "diffusion without b-value"),
    ("fa map", EPI | {"SeriesDescription": "ep2d FA", "ImageType": [*DERIVED, "FA"]}, Role.OTHER, "post-processed"),
    ("vibe", FAST | {"SeriesDescription": "t1_vibe_dynamic"}, Role.DCE, "dynamic"),
    ("lava", FAST | {"SeriesDescription": "Ax LAVA DCE"}, Role.DCE, "dynamic"),
    ("ktrans", FAST | {"SeriesDescription": "ktrans map"}, Role.OTHER, "post-processed"),
    ("subtraction", FAST | {"SeriesDescription": "dynamic SUB 2-1"}, Role.OTHER, "post-processed"),
    ("mip", FAST | {"ImageType": ["DERIVED", "SECONDARY", "PROJECTION IMAGE"]}, Role.OTHER, "post-processed"),
    ("phase", T2 | {"ImageType": ["ORIGINAL", "PRIMARY", "P", "ND"]}, Role.OTHER, "phase"),
]


def sorted_stacks(dicom):
    files = sorted(p for p in dicom.folder.rglob("*") if p.is_file())
    return sort_slices([one for path in files for one in read_slices(path)]).stacks


def rule_of(stacks, index=0):
    return rule_for(facts_of(stacks[index], stacks))


@pytest.mark.parametrize("tags, role, rule", [kind[1:] for kind in KINDS], ids=[kind[0] for kind in KINDS])
def test_a_kind_of_series_has_its_role(dicom, tags, role, rule) -> None:
    dicom.series(tags)
    found = rule_of(sorted_stacks(dicom))
    assert (found.role, found.name) == (role, rule)


@pytest.mark.parametrize(
    "degrees, role, plane",
    [
        ((0, 0, 0), Role.T2W, "axial"),
        ((-25, 0, 0), Role.T2W, "axial"),
        ((-71, 0, 0), Role.T2W_COR, "coronal"),
        ((90, 0, 0), Role.T2W_COR, "coronal"),
        ((0, 90, 0), Role.T2W_SAG, "sagittal"),
        ((10, 80, 0), Role.T2W_SAG, "sagittal"),
        ((180, 0, 0), Role.T2W, "axial"),
    ],
)
def test_the_plane_comes_from_the_orientation_not_the_name(dicom, degrees, role, plane) -> None:
    dicom.series(T2 | {"SeriesDescription": "t2 tra sag cor"}, at=dicom.Volume.oblique(*degrees))
    stacks = sorted_stacks(dicom)
    assert plane_of(stacks[0]) == plane
    assert rule_of(stacks).role is role


def test_a_few_slices_are_a_fragment(dicom) -> None:
    dicom.series(T2, at=dicom.Volume(size=(10, 8, 4)))
    assert rule_of(sorted_stacks(dicom)).name == "few slices"


def test_many_echoes_are_for_a_map(dicom) -> None:
    for echo_time in (20, 40, 60, 80, 100):
        dicom.series(T2 | {"EchoTime": echo_time, "SeriesDescription": "multi echo"}, series="1.2")
    stacks = sorted_stacks(dicom)
    assert {rule_of(stacks, i).name for i in range(5)} == {"several echoes"}


def test_of_a_dual_echo_the_late_one_is_the_t2w(dicom) -> None:
    for echo_time in (15, 95):
        dicom.series(T2 | {"EchoTime": echo_time, "SeriesDescription": "dual tse"}, series="1.2")
    stacks = sorted_stacks(dicom)
    assert {s.head.echo_time_ms: rule_of(stacks, i).role for i, s in enumerate(stacks)} == {
        15: Role.OTHER,
        95: Role.T2W,
    }


def test_single_directions_are_not_read_where_a_trace_is(dicom) -> None:
    for kind in ("DIRECTIONAL", "ISOTROPIC"):
        dicom.series(EPI | {"DiffusionBValue": 800.0, "DiffusionDirectionality": kind}, series="1.2")
    stacks = sorted_stacks(dicom)
    rules = {s.head.diffusion.directional: rule_of(stacks, i).name for i, s in enumerate(stacks)}
    assert rules == {True: "one gradient direction", False: "diffusion"}


def test_repeats_at_one_b_value_are_directions_or_averages(dicom) -> None:
    for number in range(3):
        dicom.series(EPI | {"DiffusionBValue": 800.0, "InstanceNumber": number}, series="1.2")
    stacks = sorted_stacks(dicom)
    assert {rule_of(stacks, i).name for i in range(3)} == {"one gradient direction"}


@pytest.mark.parametrize(
    "tags, calculated",
    [
        ({"SeriesDescription": "ep2d_diff_CALC_BVAL", "DiffusionBValue": 1600.0}, True),
        ({"SeriesDescription": "ep2d_diff", "ImageType": [*DERIVED, "CALC_BVALUE"], "DiffusionBValue": 1400.0}, True),
        ({"SeriesDescription": "synthetic b1500", "DiffusionBValue": 1500.0}, True),
        ({"SeriesDescription": "cDWI", "DiffusionBValue": 2000.0}, True),
        ({"SeriesDescription": "trace", "SequenceName": "*ep_b50_800", "DiffusionBValue": 1000.0}, True),
        ({"SeriesDescription": "trace", "SequenceName": "*ep_b800t", "DiffusionBValue": 800.0}, False),
        ({"SeriesDescription": "ep2d high bvalue 1400", "DiffusionBValue": 1400.0}, False),
    ],
)
def test_calculated_b_values_are_told_from_acquired_ones(dicom, tags, calculated) -> None:
    dicom.series(EPI | tags)
    assert is_calculated(sorted_stacks(dicom)[0]) is calculated


def test_every_rule_says_why_in_words() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.why for rule in RULES)
    assert RULES[-1].role is Role.OTHER
