"""b-values from every vendor's element, as written by the scanner and as raw bytes after an anonymiser."""

from __future__ import annotations

import struct

import pytest
from pydicom.dataset import Dataset

from QualityFinetuneLib.cases.diffusion import diffusion_of


def with_private(maker: str, group: int, creator: str, offset: int, vr: str, value: object) -> Dataset:
    dataset = Dataset()
    dataset.Manufacturer = maker
    dataset.private_block(group, creator, create=True).add_new(offset, vr, value)
    return dataset


SIEMENS = ("SIEMENS", 0x0019, "SIEMENS MR HEADER", 0x0C)
GE = ("GE MEDICAL SYSTEMS", 0x0043, "GEMS_PARM_01", 0x39)
PHILIPS = ("Philips Medical Systems", 0x2001, "Philips Imaging DD 001", 0x03)
UIH = ("UIH", 0x0065, "Image Private Header", 0x09)


@pytest.mark.parametrize(
    "element, vr, value, expected",
    [
        (SIEMENS, "IS", "1400", 1400),
        (SIEMENS, "OB", b"400 ", 400),
        (SIEMENS, "UN", b"50\0", 50),
        (GE, "IS", ["1400", "8", "0", "0"], 1400),
        (GE, "IS", ["1000000800", "8", "0", "0"], 800),
        (GE, "UN", b"1000001000\\8\\0\\0", 1000),
        (PHILIPS, "FL", 800.0, 800),
        (PHILIPS, "UN", struct.pack("<f", 1500.0), 1500),
        (UIH, "FD", 2000.0, 2000),
        (UIH, "UN", struct.pack("<d", 50.0), 50),
    ],
)
def test_each_vendor_has_its_place_for_the_b_value(element, vr, value, expected) -> None:
    assert diffusion_of([with_private(*element, vr, value)]).b_value == expected


@pytest.mark.parametrize("element", [SIEMENS, GE])
def test_an_element_without_its_creator_is_read_for_its_own_vendor_only(element) -> None:
    dataset = with_private(*element, "IS", "700")
    _maker, group, _, _offset = element
    del dataset[group, 0x0010]
    assert diffusion_of([dataset]).b_value == 700
    dataset.Manufacturer = "Other"
    assert diffusion_of([dataset]).b_value is None


def test_a_creator_in_another_block_is_found() -> None:
    dataset = Dataset()
    dataset.private_block(0x0019, "SOMEONE ELSE", create=True).add_new(0x0C, "IS", "1")
    dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0C, "IS", "600")
    assert diffusion_of([dataset]).b_value == 600


def test_the_standard_element_wins() -> None:
    dataset = with_private(*SIEMENS, "IS", "100")
    dataset.DiffusionBValue = 1400.0
    assert diffusion_of([dataset]).b_value == 1400


@pytest.mark.parametrize(
    "name, expected",
    [
        ("*ep_b400t", 400),
        ("ep_b0", 0),
        ("*ep_b1400t", 1400),
        ("ep_b50#12", 50),
        ("*ep_b50_800", None),
        ("tse2d", None),
    ],
)
def test_siemens_sequence_names_tell_the_b_value(name, expected) -> None:
    dataset = Dataset()
    dataset.SequenceName = name
    assert diffusion_of([dataset]).b_value == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("DWI b=1000", 1000),
        ("ax dwi b-1400", 1400),
        ("ep2d high bvalue 1400", 1400),
        ("dwi_b800", 800),
        ("dwi b50-400-800", None),
        ("ep2d_4bval_spair_511b", None),
        ("t2_tse_tra", None),
        ("lab500", None),
    ],
)
def test_the_description_is_the_last_resort(text, expected) -> None:
    dataset = Dataset()
    dataset.SeriesDescription = text
    assert diffusion_of([dataset]).b_value == expected


def test_a_map_names_the_b_values_it_came_from() -> None:
    dataset = Dataset()
    dataset.SequenceName = "*ep_b50_800"
    assert diffusion_of([dataset]).source_b_values == (50.0, 800.0)


@pytest.mark.parametrize("value", ["-5", "99999", b"\xff\xff\xff", [], "many", float("nan")])
def test_nonsense_is_no_b_value(value) -> None:
    vr = "UN" if isinstance(value, bytes) else "FD" if isinstance(value, float) else "LO"
    assert diffusion_of([with_private(*SIEMENS, vr, value)]).b_value is None


@pytest.mark.parametrize(
    "offset, value, expected", [(0x0D, b"ISOTROPIC ", False), (0x0D, "DIRECTIONAL", True), (0x0D, "NONE", None)]
)
def test_siemens_tells_trace_from_direction(offset, value, expected) -> None:
    vr = "OB" if isinstance(value, bytes) else "CS"
    assert diffusion_of([with_private(*SIEMENS[:3], offset, vr, value)]).directional is expected


def test_philips_tells_trace_from_direction() -> None:
    assert diffusion_of([with_private(*PHILIPS[:3], 0x04, "CS", "I")]).directional is False
    assert diffusion_of([with_private(*PHILIPS[:3], 0x04, "CS", "M")]).directional is True


def test_the_most_specific_dataset_wins() -> None:
    frame, file = Dataset(), Dataset()
    frame.DiffusionBValue, file.DiffusionBValue = 800.0, 0.0
    assert diffusion_of([frame, file]).b_value == 800
