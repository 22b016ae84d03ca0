"""Measures of images for which the answer follows from a formula, or from scipy and scikit-image."""

from __future__ import annotations

import math

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage, stats
from skimage.feature import local_binary_pattern

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.measures import measure
from QualityFinetuneLib.quality.measures.mrqy import measure_slices
from QualityFinetuneLib.quality.measures.mrqy_foreground import convex_foreground
from QualityFinetuneLib.quality.measures.mrqy_slice import measure_slice
from QualityFinetuneLib.quality.measures.series import RIM_MM, MeasuredSeries

LEVEL = 500.0


def image_of(values: np.ndarray, spacing_mm: tuple[float, float, float]) -> sitk.Image:
    image = sitk.GetImageFromArray(np.asarray(values, dtype=np.float32))
    image.SetSpacing(spacing_mm)
    return image


def value(image: sitk.Image, name: str) -> float:
    found = measure(image, role=Role.T2W, only=[name])[name]
    assert found.defined, found.why
    return found.value


def wave(period_px: int, amplitude: float, axis: int, size: int = 96) -> np.ndarray:
    """Cosine around LEVEL whose crests lie on the borders, so that mirroring there continues it."""
    along = amplitude * np.cos(2 * np.pi * (np.arange(size) + 0.5) / period_px)
    plane = np.broadcast_to(along if axis == 2 else along[:, None], (size, size))
    return np.stack([LEVEL + plane] * 4)


def body(shape: tuple[int, int, int] = (4, 90, 110), sigma: float = 6.0) -> np.ndarray:
    """An ellipse of tissue with a bar in it, in air with the noise of a magnitude image."""
    y, x = np.mgrid[-1 : 1 : shape[1] * 1j, -1 : 1 : shape[2] * 1j]
    plane = 150.0 * ((x / 0.6) ** 2 + (y / 0.7) ** 2 < 1) + 100 * ((np.abs(x) < 0.1) & (np.abs(y - 0.1) < 0.3))
    rng = np.random.default_rng(5)
    return np.hypot(plane + rng.normal(0, sigma, shape), rng.normal(0, sigma, shape))


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("spacing_mm", [(0.4, 0.4, 3.0), (0.8, 0.5, 4.0)])
def test_sharpness_of_a_wave_is_that_of_its_derivative(spacing_mm: tuple[float, float, float], axis: int) -> None:
    """A Gaussian of s damps a wave of k by exp(-k^2 s^2 / 2), and the derivative multiplies it by k."""
    pixel_mm = spacing_mm[2 - axis]
    k = 2 * np.pi / (16 * pixel_mm)
    expected = 60 * k * math.exp(-((k * 0.8) ** 2) / 2) / math.sqrt(2) / LEVEL
    assert value(image_of(wave(16, 60, axis), spacing_mm), "sharpness") == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("thickness_mm", [1.5, 3.0, 6.0])
def test_through_plane_sharpness_is_the_slope_across_slices_over_the_slope_within(thickness_mm: float) -> None:
    spacing_mm, slope_per_mm = (0.5, 0.5, thickness_mm), 4.0
    values = wave(32, 80, 2) + slope_per_mm * thickness_mm * np.arange(4)[:, None, None]
    k = 2 * np.pi / (32 * 0.5)
    within = 80 * k * math.exp(-((k * 1.6) ** 2) / 2) / math.sqrt(2)
    found = value(image_of(values, spacing_mm), "through_plane_sharpness")
    assert found == pytest.approx(slope_per_mm / within, rel=0.02)


@pytest.mark.parametrize("angle_deg", [0, 30, 45, 90])
@pytest.mark.parametrize("step_mm", [0.5, 0.8])
def test_the_width_of_a_straight_edge_is_its_gaussians_in_any_direction(step_mm: float, angle_deg: int) -> None:
    """Climb over steepest slope of a normal distribution function is sqrt(2 pi) times its standard deviation."""
    along_mm = (np.arange(160) - 80) * 0.4
    angle = np.deg2rad(angle_deg)
    edge = stats.norm.cdf(np.cos(angle) * along_mm + np.sin(angle) * along_mm[:, None], scale=step_mm)
    found = value(image_of(np.stack([LEVEL + 100 * edge] * 3), (0.4, 0.4, 3.0)), "edge_width")
    assert found == pytest.approx(math.sqrt(2 * math.pi) * math.hypot(step_mm, 0.5), rel=0.02)


@pytest.mark.parametrize("name", ["sharpness", "edge_width", "blur", "noise_local", "snr", "through_plane_sharpness"])
def test_rows_and_columns_are_equals(name: str) -> None:
    values = body()
    upright = image_of(values, (0.5, 0.9, 3.0))
    lying = image_of(values.transpose(0, 2, 1), (0.9, 0.5, 3.0))
    assert value(lying, name) == pytest.approx(value(upright, name), rel=1e-3)


def test_noise_of_a_level_is_its_standard_deviation_and_shading_is_none() -> None:
    noise = np.random.default_rng(0).normal(0, 7, (3, 120, 120))
    shading = np.linspace(0, 200, 120)
    for values in (LEVEL + noise, LEVEL + noise + shading):
        image = image_of(values, (0.5, 0.5, 3.0))
        assert value(image, "noise_local") == pytest.approx(noise.std(), rel=0.02)
        assert value(image, "snr_local") == pytest.approx(np.median(values) / noise.std(), rel=0.02)


@pytest.mark.parametrize("sigma", [5.0, 12.0])
def test_noise_in_air_is_scipys_fit_of_a_rayleigh_distribution(sigma: float) -> None:
    values = body(sigma=sigma)
    image = image_of(values, (0.7, 0.7, 3.0))
    _, fitted = stats.rayleigh.fit(values[:, :10].ravel(), floc=0)
    assert value(image, "noise_background") == pytest.approx(fitted, rel=0.04)
    assert value(image, "snr") * value(image, "noise_background") == pytest.approx(150, rel=0.1)


def test_the_rim_is_three_millimetres_within_the_slice_whatever_the_pixels() -> None:
    mask = np.zeros((5, 60, 60), np.uint8)
    mask[2, 25:35, 20:40] = 1
    gland = sitk.GetImageFromArray(mask)
    gland.SetSpacing((0.5, 1.0, 4.0))
    one = MeasuredSeries(image=image_of(body((5, 60, 60)), (0.5, 1.0, 4.0)), role=Role.T2W, gland_image=gland)
    assert one.gland_box == (slice(2, 3), slice(22, 38), slice(14, 46))
    distance_mm = ndimage.distance_transform_edt(mask[2] == 0, sampling=(1.0, 0.5))
    assert np.array_equal(one.gland_and_rim[2], distance_mm <= RIM_MM + 1e-6)


def test_mrqys_extended_measures_divide_the_mean_by_their_estimates_of_noise() -> None:
    plane = body()[0].astype(np.int64)
    hull = convex_foreground(plane)
    f, inside = np.where(hull, plane, 0.0), plane[hull].astype(float)
    edges = np.hypot(ndimage.sobel(f, 0), ndimage.sobel(f, 1))
    spectrum = np.fft.fft2(f)
    for rows in (slice(0, 5), slice(-5, None)):
        for columns in (slice(0, 5), slice(-5, None)):
            spectrum[rows, columns] = 0
    found = measure_slice(plane, extended=True).values
    assert found["SNR6"] == pytest.approx(inside.mean() * 0.6745 / stats.median_abs_deviation(inside))
    assert found["SNR7"] == pytest.approx(inside.mean() / f[edges > np.percentile(edges, 95)].std())
    assert found["SNR8"] == pytest.approx(inside.mean() / np.fft.ifft2(spectrum).real.std())


def test_mrqys_texture_is_the_spread_of_rare_local_patterns() -> None:
    y, x = np.mgrid[:50, :60]
    plane = 3 * x + 2 * y + np.random.default_rng(0).integers(0, 5, x.shape)
    plane[[0, 0, -1, -1], [0, -1, 0, -1]] = 900  # so that the hull is the whole slice
    assert convex_foreground(plane).all()
    pattern = local_binary_pattern(plane, 8, 1)
    rare = pattern[pattern > np.percentile(pattern, 95)]
    assert 0 < rare.size < 0.05 * pattern.size
    assert measure_slice(plane, extended=True).values["SNR9"] == pytest.approx(plane.mean() / rare.std())


def test_mrqys_numbers_of_a_series_are_the_means_of_its_slices_in_any_order() -> None:
    slices = body().astype(np.int32)
    whole, turned = measure_slices(slices), measure_slices(slices[::-1])
    alone = [measure_slices(one[None]) for one in slices]
    defined = [name for name, one in whole.items() if one.defined]
    assert len(defined) >= 15
    for name in defined:
        assert whole[name].value == pytest.approx(np.mean([one[name].value for one in alone])), name
        assert turned[name].value == pytest.approx(whole[name].value), name


def test_mrqys_package_gives_the_means_of_all_slices_but_the_first() -> None:
    slices = body().astype(np.int32)
    found = measure_slices(slices, version="0.0.3")
    alone = [measure_slices(one[None]) for one in slices[1:]]
    for name in ("MEAN", "VAR", "CPP", "PSNR", "SNR1", "CJV", "EFC", "FBER"):
        assert found[name].value == pytest.approx(np.mean([one[name].value for one in alone])), name
