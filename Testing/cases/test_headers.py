"""One file, one clear answer: slices, or the reason why there are none."""

from __future__ import annotations

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import DeflatedExplicitVRLittleEndian

from QualityFinetuneLib.cases.headers import Refusal, read_slices
from QualityFinetuneLib.common.errors import ErrorCode


def one_slice(dicom, **tags):
    return dicom.series(dicom.T2W | tags, at=dicom.Volume(size=(10, 8, 1)))[0]


def refusal(path) -> Refusal:
    found = read_slices(path)
    assert isinstance(found, Refusal), found
    for sentence in (found.what, found.why, found.next):
        assert sentence.endswith(".")
        assert sentence[0].isupper() or sentence.startswith(path.name)
    return found


def test_a_slice_tells_place_kind_and_time(dicom) -> None:
    path = one_slice(dicom, TriggerTime=120, TemporalPositionIdentifier=2, AcquisitionNumber=3, EchoTime=101)
    (found,) = read_slices(path)
    assert found.path == path
    assert found.frame is None
    assert (found.columns, found.rows) == (10, 8)
    assert found.position_mm == (-20.0, 10.0, -8.0)
    assert found.pixel_spacing_mm == (0.75, 0.5)
    assert found.acquisition_time_s == pytest.approx(11 * 3600 + 53 * 60 + 38.5)
    assert (found.trigger_time_ms, found.temporal_index, found.acquisition_number) == (120, 2, 3)
    assert (found.echo_time_ms, found.scanning_sequence) == (101, ("SE",))
    assert found.defect is None


def test_a_cut_off_file_keeps_its_header_and_names_what_is_missing(dicom) -> None:
    path = one_slice(dicom)
    path.write_bytes(path.read_bytes()[:-60])
    assert "60 of 160 bytes of pixels are missing" in read_slices(path)[0].defect


def test_a_file_cut_off_before_its_pixels_has_none(dicom) -> None:
    path = one_slice(dicom)
    dicom.edit(path, lambda d: d.__delattr__("PixelData"))
    assert read_slices(path)[0].defect == "has no pixels"


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda d: setattr(d, "Modality", "CT"), "modality is CT"),
        (lambda d: setattr(d, "SamplesPerPixel", 3), "colour picture"),
        (lambda d: d.__delattr__("ImagePositionPatient"), "does not state its position"),
        (lambda d: d.__delattr__("ImageOrientationPatient"), "does not state its orientation"),
        (lambda d: setattr(d, "ImageOrientationPatient", [1, 0, 0, 0.5, 0.5, 0.5]), "not at right angles"),
        (lambda d: setattr(d, "PixelSpacing", [0, 0.5]), "not a positive length"),
        (lambda d: setattr(d, "NumberOfFrames", 3), "several frames"),
    ],
)
def test_an_image_that_is_no_slice_says_why(dicom, change, words) -> None:
    path = one_slice(dicom)
    dicom.edit(path, change)
    found = refusal(path)
    assert found.code is ErrorCode.NOT_AN_EXAM
    assert words in found.why


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda d: setattr(d, "Rows", 60000), "60000"),
        (lambda d: d.__delattr__("SeriesInstanceUID"), "SeriesInstanceUID"),
        (lambda d: d.__delattr__("StudyInstanceUID"), "StudyInstanceUID"),
    ],
)
def test_a_damaged_header_is_unreadable(dicom, change, words) -> None:
    path = one_slice(dicom)
    dicom.edit(path, change)
    found = refusal(path)
    assert found.code is ErrorCode.UNREADABLE_FILE
    assert words in found.why


@pytest.mark.parametrize(
    "uid, kind", [("1.2.840.10008.5.1.4.1.1.88.33", "SR"), ("1.2.840.10008.5.1.4.1.1.481.3", "RT Structure Set")]
)
def test_objects_without_pictures_are_named(dicom, uid, kind) -> None:
    path = one_slice(dicom)

    def change(dataset) -> None:
        dataset.SOPClassUID = uid
        del dataset.Rows, dataset.Columns, dataset.PixelData

    dicom.edit(path, change)
    found = refusal(path)
    assert found.code is ErrorCode.NOT_AN_EXAM
    assert kind in found.why


def test_a_dicomdir_is_passed_over(dicom) -> None:
    path = one_slice(dicom)
    dicom.edit(path, lambda d: setattr(d, "SOPClassUID", "1.2.840.10008.1.3.10"))
    assert refusal(path).quiet


def test_a_deflated_file_is_not_inflated(dicom) -> None:
    path = one_slice(dicom)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.save_as(path)
    assert "deflated" in refusal(path).why


@pytest.mark.parametrize("content", [b"", b"\0" * 200, b"not dicom at all" * 20, b"\0" * 128 + b"DICM"])
def test_other_content_is_refused(tmp_path, content) -> None:
    path = tmp_path / "file.dcm"
    path.write_bytes(content)
    refusal(path)


def test_a_file_that_vanished_is_refused(tmp_path) -> None:
    refusal(tmp_path / "gone.dcm")


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_flipped_or_cut_bytes_raise(dicom, data) -> None:
    path = dicom.folder / "fuzz"
    if not (dicom.folder / "enhanced").exists():
        dicom.enhanced(dicom.folder / "enhanced", [(50, 0), (800, 0)], dicom.Volume(size=(6, 5, 2)))
        one_slice(dicom).rename(dicom.folder / "classic")
    content = bytearray((dicom.folder / data.draw(st.sampled_from(["classic", "enhanced"]))).read_bytes())
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    found = read_slices(path)
    assert isinstance(found, Refusal) or all(s.rows > 0 for s in found)
