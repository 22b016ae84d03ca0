"""What a scanner and a moving patient do to a volume: coil bias, resolution, motion during k-space, Rician noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Volume = NDArray[np.float32]


def with_bias(volume: Volume, rng: np.random.Generator, *, strength: float) -> Volume:
    """Multiply by a smooth field of mean 1, as surface coils leave behind. Shape (z, y, x)."""
    axes = np.meshgrid(*(np.linspace(-1.0, 1.0, n, dtype=np.float32) for n in volume.shape), indexing="ij")
    slope = rng.normal(0.0, strength, 3)
    field = 1.0 + sum(s * axis for s, axis in zip(slope, axes, strict=True)) + strength * (axes[1] ** 2 - 1.0 / 3.0)
    return (volume * np.clip(field, 0.3, 2.0)).astype(np.float32)


def with_resolution(volume: Volume, *, share: float) -> Volume:
    """Keep the central `share` of in-plane k-space, windowed so that edges blur more than they ring."""
    if share >= 1.0:
        return volume
    _, ny, nx = volume.shape
    ky, kx = np.fft.fftfreq(ny)[:, None], np.fft.fftfreq(nx)[None, :]
    window = np.exp(-np.log(2.0) * ((ky**2 + kx**2) / (0.5 * share) ** 2) ** 2)
    return np.abs(np.fft.ifft2(np.fft.fft2(volume) * window)).astype(np.float32)


def with_motion(volume: Volume, rng: np.random.Generator, *, shift_px: float, events: int = 4) -> Volume:
    """Rigid in-plane jumps while the phase-encoding lines (rows) are acquired: each jump is a phase ramp.

    The position at the centre of k-space is the reference, so anatomy stays where the masks are.

    Args:
        volume: (z, y, x).
        rng: source of the jumps.
        shift_px: typical jump in pixels; 0 returns the volume unchanged.
        events: jumps a slice.
    """
    if shift_px <= 0.0:
        return volume
    nz, ny, nx = volume.shape
    ky = np.fft.fftshift(np.fft.fftfreq(ny))[:, None]
    kx = np.fft.fftshift(np.fft.fftfreq(nx))[None, :]
    out = np.empty_like(volume)
    for index in range(nz):
        path = np.zeros((ny, 2))
        for start in rng.choice(ny, events, replace=False):
            path[start:] += rng.normal(0.0, shift_px, 2)
        path -= path[ny // 2]
        ramp = np.exp(-2j * np.pi * (ky * path[:, :1] + kx * path[:, 1:]))
        lines = np.fft.fftshift(np.fft.fft2(volume[index]))
        out[index] = np.abs(np.fft.ifft2(np.fft.ifftshift(lines * ramp)))
    return out


def with_noise(volume: Volume, rng: np.random.Generator, *, snr: float) -> Volume:
    """Rician noise: the magnitude of a complex signal with Gaussian noise of sigma = 95th percentile / `snr`."""
    sigma = float(np.percentile(volume, 95.0)) / snr
    real = volume + rng.standard_normal(volume.shape, dtype=np.float32) * sigma
    imaginary = rng.standard_normal(volume.shape, dtype=np.float32) * sigma
    return np.hypot(real, imaginary).astype(np.float32)


def through_plane(volume: Volume, *, samples: int) -> Volume:
    """Average `samples` thin planes into one slice, and apply the in-plane point spread of about half a pixel."""
    nz, ny, nx = volume.shape
    thick = volume.reshape(nz // samples, samples, ny, nx).mean(axis=1)
    return ndimage.gaussian_filter(thick, (0.0, 0.5, 0.5)).astype(np.float32)
