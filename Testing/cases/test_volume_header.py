"""Files refused by their header alone, before memory is taken or another file is read."""

from __future__ import annotations

import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.grid import same_grid
from QualityFinetuneLib.cases.reading import read_image, write_image
from QualityFinetuneLib.cases.volume_header import image_size, image_suffix, itk_failure, last_line
from QualityFinetuneLib.common.errors import ErrorCode, UserError


def refused(action) -> UserError:
    with pytest.raises(UserError) as caught:
        action()
    for sentence in (caught.value.what, caught.value.why, caught.value.next):
        assert sentence.endswith(".")
    return caught.value


def test_a_missing_file_is_named(tmp_path) -> None:
    assert "gone.nrrd" in refused(lambda: read_image(tmp_path / "gone.nrrd")).what


def test_an_absurd_size_is_refused_before_memory_is_taken(tmp_path, an_image) -> None:
    path = tmp_path / "t2w.nrrd"
    write_image(an_image(), path)
    path.write_bytes(path.read_bytes().replace(b"sizes: 12 10 6", b"sizes: 99999 99999 9999"))
    assert "more than any exam has" in refused(lambda: image_size(path)).why


def test_a_flat_picture_is_no_volume(tmp_path) -> None:
    sitk.WriteImage(sitk.Image(5, 6, sitk.sitkUInt8), str(tmp_path / "t2w.mha"))
    assert "2 dimensions" in refused(lambda: read_image(tmp_path / "t2w.mha")).why


def test_complex_numbers_are_no_picture(tmp_path) -> None:
    sitk.WriteImage(sitk.Image(5, 6, 4, sitk.sitkComplexFloat32), str(tmp_path / "t2w.nii"))
    assert "complex" in refused(lambda: read_image(tmp_path / "t2w.nii")).why


@pytest.mark.parametrize("header, data", [("t2w.nhdr", "t2w.raw"), ("t2w.mhd", "t2w.raw")])
def test_voxels_in_a_file_beside_the_header_are_read(tmp_path, an_image, header, data) -> None:
    sitk.WriteImage(an_image(), str(tmp_path / header), useCompression=False)
    assert (tmp_path / data).exists()
    assert same_grid(read_image(tmp_path / header), an_image())


@pytest.mark.parametrize("suffix, old", [(".nhdr", b"data file: "), (".mhd", b"ElementDataFile = ")])
def test_voxels_from_elsewhere_are_not_read(tmp_path, an_image, suffix, old) -> None:
    """A header from outside must not make us read a file that nobody chose."""
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / f"t2w{suffix}"
    sitk.WriteImage(an_image(), str(path), useCompression=False)
    (folder / "t2w.raw").rename(tmp_path / "secret.raw")
    for name in (b"../secret.raw", str(tmp_path / "secret.raw").encode()):
        path.write_bytes(path.read_bytes().split(old)[0] + old + name + b"\n")
        error = refused(lambda: read_image(path))
        assert error.code is ErrorCode.UNREADABLE_FILE
        assert "does not lie beside it" in error.why


@pytest.mark.parametrize(
    "name, suffix", [("a.nii.gz", ".nii.gz"), ("A.NII", ".nii"), ("x.mha", ".mha"), ("x.gz", None), ("dicom", None)]
)
def test_suffixes_are_recognised(tmp_path, name, suffix) -> None:
    assert image_suffix(tmp_path / name) == suffix


def test_itk_warnings_are_shown_again_after_reading(tmp_path, an_image) -> None:
    write_image(an_image(), tmp_path / "t2w.nrrd")
    before = sitk.ProcessObject.GetGlobalWarningDisplay()
    read_image(tmp_path / "t2w.nrrd")
    assert sitk.ProcessObject.GetGlobalWarningDisplay() == before


def test_the_line_that_matters_is_taken_from_an_exception() -> None:
    text = "Exception thrown\n/src/io.cxx:80:\nITK ERROR: NiftiImageIO(0x1): file is odd.\nReason: No such file\n"
    assert last_line(RuntimeError(text)) == "file is odd"
    assert last_line(RuntimeError("")) == "RuntimeError"


@pytest.mark.parametrize(
    "text, words",
    [
        ("ITK only supports orthonormal direction cosines", "right angles"),
        ("Unable to determine ImageIO reader", "no .nrrd file"),
    ],
)
def test_what_itk_says_is_told_in_plain_words(tmp_path, text, words) -> None:
    assert words in itk_failure(tmp_path / "t2w.nrrd", RuntimeError(text)).why
