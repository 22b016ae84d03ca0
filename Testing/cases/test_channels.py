"""The network's input, compared with MONAI's normalisation in ProFound's order: normalise, crop, pad."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from QualityFinetuneLib.cases.channels import channels, z_score
from QualityFinetuneLib.cases.grid import profound_grid
from QualityFinetuneLib.cases.roles import PROFOUND_CHANNELS, Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError


@given(arrays(np.float32, (4, 5, 6), elements=st.floats(0, 4000, width=32)))
@settings(max_examples=50, deadline=None)
def test_z_score_leaves_zeros_and_centres_the_rest(values) -> None:
    scored = z_score(values)
    inside = values != 0
    assert not scored[~inside].any()
    if inside.any():
        assert abs(scored[inside].mean()) < 1e-2
        assert values[inside].std() < 1e-3 or abs(scored[inside].std() - 1) < 1e-2


def test_z_score_equals_monai(an_image) -> None:
    transforms = pytest.importorskip("monai.transforms")
    values = np.random.default_rng(0).integers(0, 900, (6, 7, 8)).astype(np.float32)
    theirs = transforms.NormalizeIntensity(nonzero=True, channel_wise=True)(values[None])[0]
    assert np.allclose(z_score(values), theirs, atol=1e-5)


def test_a_constant_picture_does_not_divide_by_zero() -> None:
    assert not z_score(np.full((2, 2, 2), 5.0)).any()


@pytest.mark.parametrize("size", [(300, 260, 70), (100, 240, 40)])
def test_the_input_is_normalised_before_it_is_cropped(size) -> None:
    transforms = pytest.importorskip("monai.transforms")
    random = np.random.default_rng(2)
    values = random.normal(300, 50, size[::-1]).astype(np.float32)
    values[:, :30] = 0
    values[:, 200:] *= 3  # bright fat far from the gland takes part in the statistics
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((0.5, 0.5, 1.0))
    image.SetOrigin((3.0, -7.0, 11.0))
    ours, warned = channels({Role.T2W: image}, [Role.T2W], profound_grid(image))
    scored = transforms.NormalizeIntensity(nonzero=True, channel_wise=True)(values[None])
    theirs = transforms.SpatialPad((64, 224, 224))(transforms.CenterSpatialCrop((64, 224, 224))(scored))
    assert not warned
    assert np.allclose(ours[0], np.asarray(theirs)[0], atol=1e-4)


def test_a_missing_channel_is_zero_and_told(an_image) -> None:
    t2w = an_image()
    stacked, warned = channels({Role.T2W: t2w}, PROFOUND_CHANNELS, t2w)
    assert stacked.shape == (3, 6, 10, 12)
    assert stacked.dtype == np.float32
    assert stacked[0].any()
    assert not stacked[1:].any()
    assert [w.role for w in warned] == [Role.HBV, Role.ADC]
    assert "zeros" in warned[0].message


def test_channels_come_in_the_asked_order(an_image) -> None:
    t2w, adc = an_image(), an_image(degrees=(30, 0, 0))
    both, _ = channels({Role.ADC: adc, Role.T2W: t2w}, [Role.T2W, Role.ADC], t2w)
    turned, _ = channels({Role.T2W: t2w, Role.ADC: adc}, [Role.ADC, Role.T2W], t2w)
    assert np.array_equal(both[::-1], turned)


def test_an_oblique_adc_lies_over_the_t2w() -> None:
    """The same blob seen in two orientations ends up in the same voxels."""
    t2w, adc = (sitk.Image(40, 40, 20, sitk.sitkFloat32) for _ in range(2))
    turned = sitk.Euler3DTransform()
    turned.SetRotation(0.3, -0.2, 0.1)
    adc.SetDirection(turned.GetMatrix())
    adc.SetOrigin(turned.TransformPoint((-20.0, -20.0, -10.0)))
    t2w.SetOrigin((-20.0, -20.0, -10.0))
    images = {}
    for role, grid in ((Role.T2W, t2w), (Role.ADC, adc)):
        source = sitk.PhysicalPointSource(sitk.sitkVectorFloat64, grid.GetSize(), grid.GetOrigin(), grid.GetSpacing(),
                                          grid.GetDirection())  # fmt: skip
        points = sitk.GetArrayFromImage(source)
        images[role] = sitk.GetImageFromArray(
            100 * np.exp(-((points - [2, 3, 1]) ** 2).sum(-1) / 30).astype("f4") + 1
        )
        images[role].CopyInformation(grid)
    stacked, _ = channels(images, [Role.T2W, Role.ADC], t2w)
    peaks = [np.unravel_index(np.argmax(channel), channel.shape) for channel in stacked]
    assert peaks[0] == peaks[1] == (11, 23, 22)


def test_a_series_outside_the_field_of_view_is_told(an_image) -> None:
    t2w = an_image()
    stacked, warned = channels({Role.T2W: t2w, Role.ADC: an_image(origin_mm=(900, 0, 0))}, [Role.T2W, Role.ADC], t2w)
    assert not stacked[1].any()
    assert [w.role for w in warned] == [Role.ADC]


def test_a_grid_elsewhere_gives_an_empty_channel(an_image) -> None:
    stacked, warned = channels({Role.T2W: an_image()}, [Role.T2W], an_image(origin_mm=(900, 0, 0)))
    assert not stacked.any()
    assert len(warned) == 1


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_voxel_that_is_no_number_is_refused(an_image, value) -> None:
    values = sitk.GetArrayFromImage(an_image()).astype(np.float32)
    values[2, 3, 4] = value
    with pytest.raises(UserError) as caught:
        channels({Role.T2W: sitk.GetImageFromArray(values)}, [Role.T2W], an_image())
    assert caught.value.code is ErrorCode.BAD_VALUES
    assert "1 voxel of the t2w series" in caught.value.why


def test_an_exam_without_any_of_the_roles_is_refused(an_image) -> None:
    with pytest.raises(UserError) as caught:
        channels({Role.DCE: an_image()}, PROFOUND_CHANNELS, an_image())
    assert caught.value.code is ErrorCode.MISSING_SERIES
