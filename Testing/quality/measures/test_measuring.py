"""The whole record: always complete, never an exception for a poor image, and free of the scale it says."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.measure_phantom import SPACING_MM, image_of
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.measures import definitions, measure
from QualityFinetuneLib.quality.measures.measuring import NOT_A_NUMBER, _value

Image = Callable[..., sitk.Image]
NAMES = [one.name for one in definitions()]
DIFFUSION_ONLY = {
    "gland_displacement",
    "gland_overlap",
    "gland_distortion",
    "adc_unit",
    "gland_adc",
    "gland_adc_implausible",
    "b_value_displacement",
}
NEEDS_MORE_FIELD = {"coarse_ghosts"}
"""The phantom is 9 cm wide."""


def test_a_good_series_has_every_measure_of_its_role(phantom: Image, gland: sitk.Image) -> None:
    found = measure(phantom(), gland=gland, role=Role.T2W)
    assert list(found) == NAMES
    assert {name for name, one in found.items() if not one.defined} == DIFFUSION_ONLY | NEEDS_MORE_FIELD
    assert all(one.unit == unit for one, unit in zip(found.values(), (d.unit for d in definitions()), strict=True))
    json.dumps(found.as_json(), allow_nan=False)


def test_measuring_twice_gives_the_same(phantom: Image, gland: sitk.Image) -> None:
    first, second = (measure(phantom(), gland=gland, role=Role.T2W).as_json() for _ in range(2))
    assert first == second


def test_without_a_gland_only_what_needs_it_is_missing(phantom: Image) -> None:
    found = measure(phantom(), role=Role.T2W)
    missing = {name for name, one in found.items() if not one.defined}
    assert missing == {name for name in NAMES if name.startswith("gland_")} | DIFFUSION_ONLY | NEEDS_MORE_FIELD
    assert found["gland_snr"].why == "No gland mask was given."


@pytest.mark.parametrize("factor", [0.01, 37.0])
def test_measures_are_free_of_scale_where_they_say_so(phantom: Image, gland: sitk.Image, factor: float) -> None:
    image = phantom()
    one, other = (measure(im, gland=gland, role=Role.T2W) for im in (image, image * factor))
    for definition in definitions():
        if one[definition.name].defined:
            expected = one[definition.name].value * (1 if definition.scale_free else factor)
            assert other[definition.name].value == pytest.approx(expected, rel=2e-3), definition.name


def test_geometry_in_space_does_not_matter(phantom: Image, gland: sitk.Image) -> None:
    turned = []
    for image in (phantom(), gland):
        moved = sitk.Image(image)
        moved.SetOrigin((-70.0, 30.0, 12.0))
        angle = np.deg2rad(20)
        moved.SetDirection((np.cos(angle), 0, np.sin(angle), 0, 1, 0, -np.sin(angle), 0, np.cos(angle)))
        turned.append(moved)
    here = measure(phantom(), gland=gland, role=Role.T2W)
    there = measure(turned[0], gland=turned[1], role=Role.T2W)
    assert here.as_json() == there.as_json()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (np.full((3, 40, 40), 7.0), "Every voxel has the same value."),
        (np.where(np.indices((3, 40, 40))[0] == 0, np.nan, 5.0), "1600 voxels have no number (NaN or infinite)."),
    ],
)
def test_what_cannot_be_measured_at_all_has_one_reason_everywhere(values: np.ndarray, why: str) -> None:
    found = measure(image_of(values), role=Role.T2W)
    assert list(found) == NAMES
    assert {one.why for one in found.values()} == {why}


@settings(max_examples=25, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 40), st.integers(1, 40)),
    kind=st.sampled_from(["noise", "sparse", "negative", "step", "huge", "integers"]),
    role=st.sampled_from(list(Role)),
    masked=st.booleans(),
)
def test_no_image_stops_the_record(shape: tuple[int, int, int], kind: str, role: Role, masked: bool) -> None:
    rng = np.random.default_rng(0)
    values = {
        "noise": rng.random(shape),
        "sparse": (rng.random(shape) > 0.97) * 5.0,
        "negative": rng.normal(-5, 1, shape),
        "step": np.indices(shape)[2] * 10.0,
        "huge": rng.random(shape) * 1e30,
        "integers": rng.integers(0, 3, shape),
    }[kind]
    image = image_of(values)
    gland = sitk.Cast(image > 0.5, sitk.sitkUInt8) if masked else None
    found = measure(image, gland=gland, role=role, t2w=image, own_gland=gland)
    assert list(found) == NAMES
    assert all(one.defined == np.isfinite(one.value) for one in found.values())


def test_a_calculation_that_ends_in_nothing_says_so(series: Callable[..., object]) -> None:
    from dataclasses import replace

    odd = replace(definitions()[0], compute=lambda one: float("inf"))
    assert _value(odd, series()).why == NOT_A_NUMBER


def test_only_some_measures_can_be_asked_for(phantom: Image) -> None:
    assert list(measure(phantom(), role=Role.T2W, only={"efc", "snr"})) == ["snr", "efc"]
    with pytest.raises(ValueError, match="no measure is called beauty"):
        measure(phantom(), role=Role.T2W, only=["beauty"])
    assert SPACING_MM[2] == 3.0


def diffusion(phantom: Image) -> sitk.Image:
    """The phantom as an ADC map: what is bright becomes dark, in um2/s."""
    return phantom(lambda values: np.where(values > 0, 2400 - 6 * values, 0))


@pytest.mark.parametrize("factor", [0.01, 37.0])
def test_diffusion_measures_are_free_of_scale_where_they_say_so(
    phantom: Image, gland: sitk.Image, factor: float
) -> None:
    image, t2w = diffusion(phantom), phantom()
    names = {"gland_displacement", "gland_overlap", "gland_distortion", "b_value_displacement"}
    given = {"gland": gland, "role": Role.HBV, "t2w": t2w, "own_gland": None, "only": names}
    one, other = (measure(im, low_b=t2w, **given) for im in (image, image * factor))
    assert one["gland_displacement"].defined and one["gland_distortion"].defined
    for name in names:
        assert one[name].why == other[name].why
        if one[name].defined:
            assert other[name].value == pytest.approx(one[name].value, rel=2e-3, abs=0.02), name


def test_one_slice_is_enough_for_all_but_what_compares_slices(phantom: Image, gland: sitk.Image) -> None:
    whole, single_slice = (measure(image, gland=gland, role=Role.T2W) for image in (phantom(), phantom()[:, :, 3:4]))
    lost = {name for name in whole if whole[name].defined and not single_slice[name].defined}
    assert lost == {"through_plane_sharpness"}
    assert single_slice["through_plane_sharpness"].why == "There is one slice only."


def test_with_an_empty_mask_what_needs_the_gland_says_so_and_nothing_else_changes(
    phantom: Image, gland: sitk.Image
) -> None:
    without, empty = (measure(phantom(), gland=mask, role=Role.T2W) for mask in (None, gland * 0))
    for name in NAMES:
        if name.startswith("gland_") and name not in DIFFUSION_ONLY:
            assert empty[name].why == "The gland mask has no voxel in this series.", name
        else:
            assert empty[name] == without[name] or not empty[name].defined, name


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_one_voxel_without_a_number_leaves_every_measure_without_a_value(
    phantom: Image, gland: sitk.Image, number: float
) -> None:
    values = sitk.GetArrayFromImage(phantom())
    values[2, 60, 60] = number
    found = measure(image_of(values), gland=gland, role=Role.T2W)
    assert {one.why for one in found.values()} == {"1 voxel has no number (NaN or infinite)."}


def test_a_constant_region_in_a_real_image_has_reasons_not_numbers(phantom: Image, gland: sitk.Image) -> None:
    values = sitk.GetArrayFromImage(phantom())
    values[:, 30:100, 30:100] = 100.0
    found = measure(image_of(values), gland=gland, role=Role.T2W)
    for name in ("gland_snr", "gland_cnr", "gland_cjv", "gland_entropy"):
        assert not found[name].defined and found[name].why, name
