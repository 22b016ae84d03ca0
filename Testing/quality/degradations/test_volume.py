"""Into the frame and back: geometry, pixel type and metadata are kept; what is no picture is refused."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.grid import same_grid
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.quality.degradations.landmarks import landmarks_of
from QualityFinetuneLib.quality.degradations.phase_encoding import ASSUMED, PhaseEncoding
from QualityFinetuneLib.quality.degradations.volume import image_of, volume_of


def taken(image: sitk.Image):
    return volume_of(image, landmarks=landmarks_of(image, None), encoding=ASSUMED)


@pytest.mark.parametrize(
    "kind", [sitk.sitkUInt8, sitk.sitkInt16, sitk.sitkUInt16, sitk.sitkFloat32, sitk.sitkFloat64]
)
def test_the_way_back_keeps_voxels_type_and_geometry(oriented, kind) -> None:
    image = sitk.Cast(oriented((20.0, 5.0, -10.0), (True, False, True)), kind)
    image.SetMetaData("b_value", "800")
    back = image_of(taken(image), image)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(image))
    assert back.GetPixelID() == image.GetPixelID()
    assert same_grid(back, image, tolerance_mm=1e-9)
    assert back.GetMetaData("b_value") == "800"


def test_values_beyond_the_pixel_type_stop_at_its_limits(t2w) -> None:
    volume = taken(sitk.Cast(t2w, sitk.sitkUInt8))
    back = sitk.GetArrayFromImage(
        image_of(volume.with_voxels(volume.voxels * 10 - 50), sitk.Cast(t2w, sitk.sitkUInt8))
    )
    assert (back.min(), back.max()) == (0, 255)


def test_another_direction_of_phase_encoding_is_another_frame_of_the_same_voxels(volume) -> None:
    assert volume.phase_encoded(ASSUMED) is volume
    turned = volume.phase_encoded(PhaseEncoding(direction=(-1.0, 0.0, 0.0), source="header"))
    np.testing.assert_array_equal(turned.voxels, volume.voxels.transpose(0, 2, 1))
    np.testing.assert_array_equal(turned.phase_encoded(ASSUMED).voxels, volume.voxels)


def test_missing_values_are_refused(t2w) -> None:
    values = sitk.GetArrayFromImage(t2w).astype(np.float32)
    values[2, 3, 4] = np.nan
    with pytest.raises(UserError) as caught:
        taken(sitk.GetImageFromArray(values))
    assert caught.value.code is ErrorCode.BAD_VALUES


@pytest.mark.parametrize(
    "image", [sitk.Image(8, 8, sitk.sitkInt16), sitk.Image([4, 4, 4], sitk.sitkVectorFloat32, 3)]
)
def test_what_is_not_one_volume_is_refused(t2w, image) -> None:
    with pytest.raises(UserError) as caught:
        volume_of(image, landmarks=landmarks_of(t2w, None), encoding=ASSUMED)
    assert caught.value.code is ErrorCode.BAD_GEOMETRY
