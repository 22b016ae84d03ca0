"""Images as they lie on disk: formats, frames, geometry, and what is refused."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from QualityFinetuneLib.cases import reading
from QualityFinetuneLib.cases.found import FoundSeries
from QualityFinetuneLib.cases.grid import same_grid
from QualityFinetuneLib.cases.reading import read_image, read_series, write_image
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.scan import scan
from QualityFinetuneLib.common.errors import ErrorCode, UserError


def refused(action) -> UserError:
    with pytest.raises(UserError) as caught:
        action()
    for sentence in (caught.value.what, caught.value.why, caught.value.next):
        assert sentence.endswith(".")
    return caught.value


@pytest.mark.parametrize("suffix", [".nrrd", ".nii.gz", ".nii", ".mha"])
@pytest.mark.parametrize("flip", [(1, 1, 1), (-1, -1, 1), (1, 1, -1)])
def test_what_is_written_is_read(tmp_path, an_image, suffix, flip) -> None:
    image = an_image(degrees=(17, -8, 40), flip=flip)
    write_image(image, tmp_path / f"image{suffix}")
    back = read_image(tmp_path / f"image{suffix}")
    assert same_grid(image, back)
    assert np.array_equal(sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(back))
    assert back.GetPixelID() == image.GetPixelID()


def test_nrrd_keeps_geometry_to_the_last_bit(tmp_path, an_image) -> None:
    image = an_image(degrees=(17.123, -8.7, 40.01), origin_mm=(1 / 3, 2 / 7, -1e-7))
    write_image(image, tmp_path / "image.nrrd")
    back = read_image(tmp_path / "image.nrrd")
    assert back.GetOrigin() == image.GetOrigin()
    assert np.allclose(back.GetDirection(), image.GetDirection(), rtol=0, atol=1e-15)


def test_a_failed_write_leaves_the_old_file(tmp_path, an_image) -> None:
    path = tmp_path / "image.nrrd"
    write_image(an_image(), path)
    before = path.read_bytes()
    error = refused(lambda: write_image(an_image(), tmp_path / "image.unknown"))
    assert error.code is ErrorCode.UNREADABLE_FILE
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["image.nrrd"]


def four_d(tmp_path, frames=3, name="dwi.nii.gz"):
    values = np.random.default_rng(0).integers(0, 99, (frames, 4, 5, 6)).astype(np.int16)
    image = sitk.JoinSeries([sitk.GetImageFromArray(v) for v in values])
    sitk.WriteImage(image, str(tmp_path / name))
    return tmp_path / name, values


@pytest.mark.parametrize("name", ["dwi.nii.gz", "dwi.nrrd", "dwi.mha"])
def test_a_frame_of_a_4d_file_is_a_volume(tmp_path, name) -> None:
    path, values = four_d(tmp_path, name=name)
    for frame in range(3):
        assert np.array_equal(sitk.GetArrayFromImage(read_image(path, frame=frame)), values[frame])


def test_a_list_of_volumes_in_nrrd_is_read_by_frame(tmp_path) -> None:
    """Slicer saves sequences and diffusion volumes with one vector a voxel."""
    values = np.arange(2 * 4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6, 2)
    sitk.WriteImage(sitk.GetImageFromArray(values, isVector=True), str(tmp_path / "dwi.nrrd"))
    assert np.array_equal(sitk.GetArrayFromImage(read_image(tmp_path / "dwi.nrrd", frame=1)), values[..., 1])
    assert "holds 2 volumes" in refused(lambda: read_image(tmp_path / "dwi.nrrd")).why


def test_a_4d_file_without_a_frame_is_not_one_volume(tmp_path) -> None:
    path, _ = four_d(tmp_path)
    error = refused(lambda: read_image(path))
    assert error.code is ErrorCode.BAD_GEOMETRY
    assert "3 volumes" in error.why


@pytest.mark.parametrize("frame", [3, -1])
def test_a_frame_that_is_not_there_is_refused(tmp_path, frame) -> None:
    path, _ = four_d(tmp_path)
    assert "no volume" in refused(lambda: read_image(path, frame=frame)).why


def test_a_single_volume_has_no_second_frame(tmp_path, an_image) -> None:
    write_image(an_image(), tmp_path / "t2w.nrrd")
    assert "one volume" in refused(lambda: read_image(tmp_path / "t2w.nrrd", frame=1)).why


def test_a_4d_file_of_one_frame_is_a_volume(tmp_path) -> None:
    path, values = four_d(tmp_path, frames=1)
    assert np.array_equal(sitk.GetArrayFromImage(read_image(path)), values[0])


def sheared_nifti(path) -> None:
    """A NIfTI-1 file whose sform shears, made byte by byte as no writer here would."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, 6, 5, 4, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 4, 16)
    struct.pack_into("<8f", header, 76, 1, 1, 1, 1, 0, 0, 0, 0)
    struct.pack_into("<f", header, 108, 352)
    struct.pack_into("<2h", header, 252, 0, 1)
    struct.pack_into("<12f", header, 280, 1, 0, 0.4, 0, 0, 1, 0, 0, 0, 0, 1, 0)
    header[344:348] = b"n+1\0"
    path.write_bytes(gzip.compress(bytes(header) + bytes(6 * 5 * 4 * 2)))


def test_sheared_axes_are_refused_in_words(tmp_path) -> None:
    sheared_nifti(tmp_path / "t2w.nii.gz")
    error = refused(lambda: read_image(tmp_path / "t2w.nii.gz"))
    assert error.code is ErrorCode.BAD_GEOMETRY
    assert error.why == "Its axes are not at right angles."


def test_skewed_nrrd_axes_are_refused_too(tmp_path, an_image) -> None:
    path = tmp_path / "t2w.nrrd"
    sitk.WriteImage(an_image(), str(path), useCompression=False)
    path.write_bytes(path.read_bytes().replace(b"(0,0,3)", b"(0,1,3)"))
    error = refused(lambda: read_image(path))
    assert error.code is ErrorCode.BAD_GEOMETRY
    assert "right angles" in error.why


@pytest.mark.parametrize("content", [b"", b"garbage" * 100, b"NRRD0005\n", b"\0" * 1000])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
def test_garbage_is_unreadable(tmp_path, content, suffix) -> None:
    path = tmp_path / f"t2w{suffix}"
    path.write_bytes(content)
    error = refused(lambda: read_image(path))
    assert error.code in (ErrorCode.UNREADABLE_FILE, ErrorCode.BAD_GEOMETRY)
    assert "t2w" in error.what


def test_a_colour_picture_is_refused(tmp_path) -> None:
    image = sitk.Image((5, 6, 4), sitk.sitkVectorUInt8, 3)
    sitk.WriteImage(image, str(tmp_path / "t2w.nii"))
    content = bytearray((tmp_path / "t2w.nii").read_bytes())
    struct.pack_into("<8h", content, 40, 3, 5, 6, 4, 1, 1, 1, 1)
    struct.pack_into("<2h", content, 70, 128, 24)
    (tmp_path / "t2w.nii").write_bytes(content)
    assert "colour" in refused(lambda: read_image(tmp_path / "t2w.nii")).why


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files_are_refused_or_read_never_worse(tmp_path, an_image, data) -> None:
    suffix = data.draw(st.sampled_from([".nrrd", ".nii", ".nii.gz", ".mha"]))
    whole = tmp_path / f"whole{suffix}"
    if not whole.exists():
        write_image(an_image(), whole)
    content = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, min(len(content) - 1, 400)))] = data.draw(st.integers(0, 255))
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        image = read_image(path)
    except UserError:
        return
    assert image.GetDimension() == 3


class TestDicom:
    """Series of DICOM slices as found by a scan."""

    def found(self, dicom) -> FoundSeries:
        return scan(dicom.folder).cases[0].first(Role.T2W)

    @pytest.mark.parametrize("degrees", [(0, 0, 0), (18, -7, 3), (-30, 0, 0)])
    def test_voxels_lie_where_they_were_acquired(self, dicom, degrees) -> None:
        at = dicom.Volume.oblique(*degrees, size=(11, 7, 9), spacing_mm=(0.5, 0.8, 3.3))
        dicom.series(dicom.T2W, at=at)
        image = read_series(self.found(dicom))
        assert image.GetSize() == (11, 7, 9)
        for index in [(0, 0, 0), (10, 0, 0), (0, 6, 0), (3, 2, 8), (10, 6, 8)]:
            place = image.TransformIndexToPhysicalPoint(index)
            assert np.allclose(place, at.point_mm(*index), atol=1e-6)
            assert image[index] == dicom.ramp(np.array(place))

    def test_equals_the_reader_of_simpleitk(self, dicom) -> None:
        dicom.series(dicom.T2W, at=dicom.Volume.oblique(15, 4, -3), folder="one")
        names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(dicom.folder / "one"))
        theirs, ours = sitk.ReadImage(names), read_series(self.found(dicom))
        assert same_grid(theirs, ours, tolerance_mm=1e-6)
        assert np.array_equal(sitk.GetArrayFromImage(theirs), sitk.GetArrayFromImage(ours))

    def test_frames_of_an_enhanced_file_are_put_in_order(self, dicom) -> None:
        at = dicom.Volume.oblique(10, 0, 5, size=(10, 8, 6))
        dicom.enhanced(dicom.folder / "enhanced", [(50, 0), (800, 0)], at)
        dicom.series(dicom.T2W)
        for series in scan(dicom.folder).cases[0].series:
            if series.role is not Role.DWI:
                continue
            image = read_series(series)
            assert series.frames is not None
            assert np.allclose(image.TransformIndexToPhysicalPoint((4, 3, 5)), at.point_mm(4, 3, 5), atol=1e-6)
            expected = (dicom.ramp(at.point_mm(4, 3, 5)) + int(series.b_value)) * 2 - 5
            assert image[4, 3, 5] == expected

    def test_a_file_that_changed_since_the_scan_is_told(self, dicom) -> None:
        dicom.series(dicom.T2W)
        found = self.found(dicom)
        content = found.paths[2].read_bytes()
        found.paths[2].write_bytes(content[:-10])
        assert "cut off" in refused(lambda: read_series(found)).why
        found.paths[2].write_bytes(b"x" * 500)
        assert found.paths[2].name in refused(lambda: read_series(found)).what
        found.paths[2].write_bytes(content)
        dicom.edit(found.paths[2], lambda d: setattr(d, "ImagePositionPatient", [0, 0, 77]))
        assert refused(lambda: read_series(found)).code is ErrorCode.BAD_GEOMETRY


def test_a_direction_that_is_no_number_is_refused(tmp_path, an_image, monkeypatch) -> None:
    write_image(an_image(), tmp_path / "t2w.nrrd")
    broken = an_image()
    broken.SetOrigin((float("nan"), 0, 0))
    monkeypatch.setattr(reading.sitk, "ReadImage", lambda name: broken)
    assert "not a finite number" in refused(lambda: read_image(tmp_path / "t2w.nrrd")).why
