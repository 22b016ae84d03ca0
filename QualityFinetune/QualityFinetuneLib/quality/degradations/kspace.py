"""Centred, unitary Fourier transforms of slices, and rigid motion in k-space."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Complex = NDArray[np.complexfloating]
Real = NDArray[np.floating]

_PLANE = (-2, -1)


def to_kspace(slices: NDArray[np.generic]) -> Complex:
    """k-space of slices (..., phase, frequency), its centre in the middle; energy is kept (Parseval)."""
    return fft.fftshift(fft.fft2(fft.ifftshift(slices, axes=_PLANE), axes=_PLANE, norm="ortho"), axes=_PLANE)


def to_image(lines: Complex) -> Complex:
    """The inverse of `to_kspace`: complex slices."""
    return fft.fftshift(fft.ifft2(fft.ifftshift(lines, axes=_PLANE), axes=_PLANE, norm="ortho"), axes=_PLANE)


def line_numbers(count: int) -> NDArray[np.int64]:
    """Number of each k-space line relative to the centre, as `to_kspace` orders them: 0 in the middle."""
    return np.arange(count) - count // 2


def shifted(lines: Complex, *, phase_px: float, frequency_px: float) -> Complex:
    """k-space of the slices moved by so many pixels along phase and frequency (Fourier shift theorem)."""
    ny, nx = lines.shape[-2:]
    ramp_y = np.exp(-2j * np.pi * phase_px * line_numbers(ny) / ny)
    ramp_x = np.exp(-2j * np.pi * frequency_px * line_numbers(nx) / nx)
    return lines * (ramp_y[:, None] * ramp_x[None, :]).astype(lines.dtype)


def rotated(plane: Real, *, degrees: float, spacing_mm: tuple[float, float]) -> Real:
    """A slice turned about its centre by three shears, each an exact shift of every row in the Fourier domain.

    Unlike interpolation this does not blur, so that what a reader sees is the motion (Larkin, Oldenburg & Klemm,
    Optics Communications 1997;139:99). Positive turns from the phase towards the frequency axis.

    Args:
        plane: (phase, frequency).
        degrees: less than 90.
        spacing_mm: pixel distance along phase and frequency; they may differ.
    """
    if degrees == 0.0:
        return plane
    angle = np.deg2rad(degrees)
    ny, nx = plane.shape
    pad = (int(np.ceil(abs(np.tan(angle / 2)) * max(ny, nx))) + 4,) * 2
    wide = np.pad(plane, (pad, pad), mode="edge")
    y_mm, x_mm = ((np.arange(n) - n // 2) * mm for n, mm in zip(wide.shape, spacing_mm, strict=True))
    across = np.tan(angle / 2) * y_mm / spacing_mm[1]
    along = -np.sin(angle) * x_mm / spacing_mm[0]
    wide = _sheared(wide, across, axis=1)
    wide = _sheared(wide, along, axis=0)
    wide = _sheared(wide, across, axis=1)
    return wide[pad[0] : pad[0] + ny, pad[0] : pad[0] + nx]


def _sheared(plane: Real, shift_px: Real, *, axis: int) -> Real:
    """Each row (axis 1) or column (axis 0) moved by its own number of pixels."""
    count = plane.shape[axis]
    shape = (-1, 1) if axis == 1 else (1, -1)
    frequencies = np.expand_dims(fft.rfftfreq(count), 1 - axis)
    ramp = np.exp(-2j * np.pi * frequencies * shift_px.reshape(shape))
    return fft.irfft(
        fft.rfft(plane, axis=axis) * ramp.astype(np.result_type(plane, np.complex64)), n=count, axis=axis
    )
