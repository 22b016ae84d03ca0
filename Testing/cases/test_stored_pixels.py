"""Pixels measured without decoding: plain and compressed, whole and cut off."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

from QualityFinetuneLib.cases.dicom_files import read_header
from QualityFinetuneLib.cases.headers import read_slices
from QualityFinetuneLib.cases.pixels import volume_of
from QualityFinetuneLib.cases.stored_pixels import StoredPixels, defect_of, measure


def one_slice(dicom, **tags):
    return dicom.series(dicom.T2W | tags, at=dicom.Volume(size=(10, 8, 1)))[0]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_other_byte_orders_are_measured_too(dicom, tmp_path, syntax) -> None:
    (original,) = read_slices(one_slice(dicom))
    dataset = Dataset()
    dataset.update(pydicom.dcmread(original.path))
    if syntax == ExplicitVRBigEndian:
        dataset["PixelData"].VR = "OW"
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<i2").byteswap().tobytes()
    path = tmp_path / "other"
    dicom.write(dataset, path, syntax)
    (found,) = read_slices(path)
    assert found.defect is None
    assert np.array_equal(volume_of([found]), volume_of([original]))
    path.write_bytes(path.read_bytes()[:-10])
    assert "10 of 160 bytes" in read_slices(path)[0].defect


def test_compressed_pixels_must_reach_their_end(dicom) -> None:
    path = one_slice(dicom)
    dataset = pydicom.dcmread(path)
    dataset.compress(RLELossless)
    dataset.save_as(path)
    assert read_slices(path)[0].defect is None
    whole = path.read_bytes()
    for cut in (4, 12, 40):
        path.write_bytes(whole[:-cut])
        assert "cut off within its compressed pixels" in read_slices(path)[0].defect
    path.write_bytes(whole.replace(b"\xfe\xff\x00\xe0", b"\xfe\xff\x01\xe0"))
    assert "cut off" in read_slices(path)[0].defect


@pytest.mark.parametrize(
    "keyword, value, words",
    [
        ("BitsAllocated", 13, "does not say how"),
        ("BitsStored", 20, "does not say how"),
        ("BitsStored", None, "does not say how"),
        ("SamplesPerPixel", None, "does not say how"),
        ("PixelRepresentation", 7, "does not say how"),
        ("PhotometricInterpretation", "NONSENSE", "no grey-scale picture"),
    ],
)
def test_pixels_that_no_one_could_decode_are_a_defect(dicom, keyword, value, words) -> None:
    path = one_slice(dicom)
    dicom.edit(path, lambda d: setattr(d, keyword, value))
    assert words in read_slices(path)[0].defect


def test_the_measured_bytes_are_those_of_the_pixels(dicom) -> None:
    path = one_slice(dicom)
    with path.open("rb") as file:
        dataset = read_header(file)
        assert measure(file, dataset) == StoredPixels(there=True, plain=True, bytes=10 * 8 * 2)
    assert defect_of(dataset, 1, StoredPixels(there=True, bytes=160)) is None
    assert "160 of 320 bytes" in defect_of(dataset, 2, StoredPixels(there=True, bytes=160))
