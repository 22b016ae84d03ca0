"""A file that is not whole is refused, whatever the image library thinks of it."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.integrity import require_whole_nrrd
from QualityFinetuneLib.cases.reading import read_image, write_image
from QualityFinetuneLib.common.errors import ErrorCode, UserError


@pytest.fixture
def noise() -> sitk.Image:
    return sitk.GetImageFromArray(np.random.default_rng(0).integers(0, 3000, (9, 20, 21)).astype(np.int16))


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha", ".nhdr", ".mhd"])
@pytest.mark.parametrize("cut", [100, 3000])
def test_a_cut_off_file_is_unreadable(tmp_path, noise, suffix, cut) -> None:
    path = tmp_path / f"t2w{suffix}"
    sitk.WriteImage(noise, str(path), useCompression=True)
    data = next((p for p in tmp_path.iterdir() if p != path), path)
    data.write_bytes(data.read_bytes()[:-cut])
    with pytest.raises(UserError) as caught:
        read_image(path)
    assert caught.value.code is ErrorCode.UNREADABLE_FILE
    assert "t2w" in caught.value.what
    assert "Reason" not in caught.value.why


@pytest.mark.parametrize("cut", [1, 8])
def test_a_nifti_without_its_last_bytes_is_unreadable(tmp_path, noise, cut) -> None:
    for name in ("a.nii", "b.nii.gz"):
        sitk.WriteImage(noise, str(tmp_path / name))
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-cut])
        with pytest.raises(UserError, match="cut off"):
            read_image(tmp_path / name)


def test_a_flipped_bit_in_a_compressed_nifti_is_found(tmp_path, noise) -> None:
    path = tmp_path / "t2w.nii.gz"
    sitk.WriteImage(noise, str(path))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        read_image(path)


def test_a_compressed_nifti_is_not_confused_with_a_plain_one_beside_it(tmp_path, noise) -> None:
    """The NIfTI library would take the voxels of t2w.nii for those of t2w.nii.gz."""
    sitk.WriteImage(noise, str(tmp_path / "t2w.nii.gz"))
    sitk.WriteImage(noise * 0, str(tmp_path / "t2w.nii"))
    assert np.array_equal(sitk.GetArrayFromImage(read_image(tmp_path / "t2w.nii.gz")), sitk.GetArrayFromImage(noise))


def test_the_checksum_of_a_compressed_nrrd_is_checked(tmp_path, noise) -> None:
    path = tmp_path / "t2w.nrrd"
    write_image(noise, path)
    require_whole_nrrd(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        require_whole_nrrd(path)


def test_an_uncompressed_nrrd_has_no_checksum(tmp_path, noise) -> None:
    path = tmp_path / "t2w.nrrd"
    sitk.WriteImage(noise, str(path), useCompression=False)
    require_whole_nrrd(path)
