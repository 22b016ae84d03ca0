"""Decoded values against what was stored, for each kind of compression and rescaling."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import JPEGLSLossless, RLELossless

from QualityFinetuneLib.cases.headers import read_slices
from QualityFinetuneLib.cases.pixels import stored_pixels, volume_of
from QualityFinetuneLib.common.errors import ErrorCode, UserError


def a_slice(dicom, **tags):
    return dicom.series(dicom.T2W | tags, at=dicom.Volume(size=(10, 8, 1)))[0]


def test_whole_numbers_stay_int16(dicom) -> None:
    path = a_slice(dicom)
    volume = volume_of(read_slices(path))
    assert volume.dtype == np.int16
    assert np.array_equal(volume[0], pydicom.dcmread(path).pixel_array)


def test_a_whole_slope_that_does_not_fit_int16_gives_int32(dicom) -> None:
    path = a_slice(dicom, RescaleSlope=100, RescaleIntercept=-3)
    volume = volume_of(read_slices(path))
    assert volume.dtype == np.int32
    assert np.array_equal(volume[0], pydicom.dcmread(path).pixel_array.astype(int) * 100 - 3)


def test_a_broken_slope_gives_float32_as_gdcm_does(dicom) -> None:
    path = a_slice(dicom, RescaleSlope=8.448596, RescaleIntercept=0.5)
    volume = volume_of(read_slices(path))
    assert volume.dtype == np.float32
    assert np.allclose(volume, sitk.GetArrayFromImage(sitk.ReadImage(str(path))))


def test_each_slice_has_its_own_slope(dicom) -> None:
    paths = dicom.series(dicom.T2W, each=lambda d, i: setattr(d, "RescaleSlope", i + 1))
    slices = sorted((read_slices(p)[0] for p in paths), key=lambda s: s.position_mm[2])
    volume = volume_of(slices)
    for number, one in enumerate(slices):
        assert np.array_equal(volume[number], pydicom.dcmread(one.path).pixel_array.astype(int) * (number + 1))


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless])
def test_lossless_compression_gives_the_same_voxels(dicom, syntax) -> None:
    path = a_slice(dicom)
    dataset = pydicom.dcmread(path)
    plain = dataset.pixel_array.copy()
    dataset.PixelRepresentation = 0
    try:
        dataset.compress(syntax)
    except (RuntimeError, NotImplementedError, ValueError) as error:
        pytest.skip(f"no encoder here: {error}")
    dataset.save_as(path)
    assert np.array_equal(volume_of(read_slices(path))[0], plain)


def test_gdcm_decodes_what_pydicom_cannot_and_that_is_told(dicom) -> None:
    """JPEG lossless, as many archives store it."""
    path = a_slice(dicom)
    plain = pydicom.dcmread(path).pixel_array.copy()
    dicom.jpeg_lossless(path)
    told: list[str] = []
    assert np.array_equal(stored_pixels(path, by_gdcm=told.append), plain)
    assert len(told) == 1 and "pydicom" in told[0] and "JPEG Lossless" in told[0] and told[0].endswith(".")
    dicom.edit(path, lambda dataset: dataset.update({"RescaleSlope": "0.5", "RescaleIntercept": "10"}))
    assert np.array_equal(stored_pixels(path), plain)


def test_a_decoder_that_fails_is_told_apart_from_one_that_is_not_there(dicom, monkeypatch) -> None:
    path, other = a_slice(dicom), a_slice(dicom)
    dicom.edit(path, lambda dataset: dataset.compress(RLELossless))
    dicom.jpeg_lossless(other)
    told: list[str] = []
    plain = stored_pixels(path, by_gdcm=told.append)
    assert not told  # pydicom itself decoded it

    def fails(dataset) -> np.ndarray:
        raise RuntimeError("no luck")

    monkeypatch.setattr(pydicom.Dataset, "pixel_array", property(fails))
    assert np.array_equal(stored_pixels(path, by_gdcm=told.append), plain)
    stored_pixels(other, by_gdcm=told.append)
    assert ["could not decode a file stored as RLE" in told[0], "has no decoder" in told[1]] == [True, True]


def test_each_file_that_gdcm_decoded_is_told_once(dicom) -> None:
    paths = dicom.series(dicom.T2W)
    for path in paths[:2]:
        dicom.jpeg_lossless(path)
    told: list[str] = []
    volume_of([one for path in paths for one in read_slices(path)], by_gdcm=told.append)
    assert len(told) == 2


def test_a_file_without_meta_header_is_decoded(dicom) -> None:
    """Old archives leave the preamble and the meta header out."""
    path = a_slice(dicom)
    dataset = pydicom.dcmread(path)
    plain = dataset.pixel_array.copy()
    del dataset.file_meta
    dataset.save_as(path, implicit_vr=True, little_endian=True, enforce_file_format=False)
    assert np.array_equal(volume_of(read_slices(path))[0], plain)


def test_pixels_that_cannot_be_decoded_name_the_file(dicom) -> None:
    path = a_slice(dicom)
    slices = read_slices(path)
    dataset = pydicom.dcmread(path)
    dataset.compress(RLELossless)
    dataset.save_as(path)
    content = path.read_bytes()
    start = content.index(b"\xfe\xff\x00\xe0", content.index(b"\xe0\x7f\x10\x00"))
    path.write_bytes(content[:start] + b"\xff" * (len(content) - start))
    with pytest.raises(UserError) as caught:
        volume_of(slices)
    assert caught.value.code is ErrorCode.UNREADABLE_FILE
    assert path.name in caught.value.what


def test_pixels_of_another_shape_than_found_are_refused(dicom) -> None:
    path = a_slice(dicom)
    slices = read_slices(path)

    def halve(dataset) -> None:
        dataset.Rows = 4
        dataset.PixelData = dataset.PixelData[:80]

    dicom.edit(path, halve)
    with pytest.raises(UserError, match="instead of"):
        volume_of(slices)
