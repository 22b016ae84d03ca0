"""The diffusion scan of a case: its acquired signals are degraded, what is computed from them is computed again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk

from ...cases.grid import resample_to, same_grid
from ...cases.roles import Role
from .adc_fit import AdcFit, Array, b_value_of_calculated, b_values_for_adc, fit_adc, signal_at
from .series import CaseImage
from .volume import Volume, image_of

ASSUMED_HIGH_B = 1400.0
"""s/mm2 of a high b-value volume whose header does not tell: what PI-QUAL v2 asks for."""

SYNTHETIC_B = (0.0, 800.0)
"""The b-values stood in for where a case keeps only its ADC map."""

_HIGH_ADC = 2e-3
"""mm2/s that a tenth of a pelvis has or exceeds; tells the unit of a map, which differs between vendors.

Fat hardly diffuses and may fill most of the picture, so the median says little.
"""

MakeVolume = Callable[[sitk.Image, Role, float | None], Volume]
Degrade = Callable[[Volume, str], Volume]


@dataclass(frozen=True, kw_only=True)
class DiffusionResult:
    """The degraded images of the scan in the order given, and how ADC was computed again.

    Attributes:
        b_values: that ADC was fitted from, empty where ADC did not change.
        synthetic: whether these signals were computed from ADC first, because none were given.
    """

    images: tuple[CaseImage, ...]
    b_values: tuple[float, ...] = ()
    synthetic: bool = False


@dataclass(frozen=True)
class _Sources:
    """The signals that ADC follows from, before and after."""

    clean: Mapping[float, Volume]
    degraded: Mapping[float, Volume]
    synthetic: bool

    @property
    def changed(self) -> bool:
        return any(self.degraded[b] is not self.clean[b] for b in self.clean)


def degrade_diffusion(scan: Sequence[CaseImage], *, make: MakeVolume, degrade: Degrade) -> DiffusionResult:
    """Degrade a diffusion scan.

    Args:
        scan: dwi, hbv and adc volumes.
        make: turns an image into a volume in the scanner's frame.
        degrade: does the recipe's steps to a volume; the name tells its random draws apart.
    """
    acquired = {index: _b_value(one) for index, one in enumerate(scan) if _is_acquired(one)}
    clean = {index: make(scan[index].image, scan[index].role, b) for index, b in acquired.items()}
    degraded = {index: degrade(volume, scan[index].name) for index, volume in clean.items()}
    out = list(scan)
    for index, volume in degraded.items():
        if volume is not clean[index]:
            out[index] = replace(scan[index], image=image_of(volume, scan[index].image))
    computed = [index for index, one in enumerate(scan) if one.role is Role.ADC or one.calculated]
    if not computed:
        return DiffusionResult(images=tuple(out))
    first = scan[computed[0]].image
    given = {
        b: (clean[index], degraded[index])
        for index, b in acquired.items()
        if scan[index].role is Role.DWI and same_grid(scan[index].image, first)
    }
    sources = _given(given) if len(given) >= 2 else _synthetic(scan, make=make, degrade=degrade)
    if sources is None or not sources.changed:
        return DiffusionResult(images=tuple(out))
    before = fit_adc({b: volume.voxels for b, volume in sources.clean.items()})
    after = fit_adc({b: volume.voxels for b, volume in sources.degraded.items()})
    frame_like = next(iter(sources.degraded.values()))
    for index in computed:
        stored = make(_on_grid(scan[index].image, first), scan[index].role, None).voxels
        values = (
            _adc_again(stored, before, after, sources)
            if scan[index].role is Role.ADC
            else _calculated_again(stored, before, after, scan[index].b_value)
        )
        image = image_of(frame_like.with_voxels(values), scan[index].image)
        out[index] = replace(scan[index], image=image)
    return DiffusionResult(images=tuple(out), b_values=tuple(sorted(sources.clean)), synthetic=sources.synthetic)


def _is_acquired(one: CaseImage) -> bool:
    return one.role in (Role.DWI, Role.HBV) and not one.calculated


def _b_value(one: CaseImage) -> float | None:
    if one.b_value is None and one.role is Role.HBV:
        return ASSUMED_HIGH_B
    return one.b_value


def _given(pairs: Mapping[float | None, tuple[Volume, Volume]]) -> _Sources | None:
    known = {b: pair for b, pair in pairs.items() if b is not None}
    used = b_values_for_adc(known)
    if len(used) < 2:
        return None
    return _Sources({b: known[b][0] for b in used}, {b: known[b][1] for b in used}, synthetic=False)


def _synthetic(scan: Sequence[CaseImage], *, make: MakeVolume, degrade: Degrade) -> _Sources | None:
    """Signals that give exactly this ADC and this high b-value; without a high b, of even proton density."""
    adc_image = next((one.image for one in scan if one.role is Role.ADC), None)
    if adc_image is None:
        return None
    adc = make(adc_image, Role.ADC, None).voxels
    adc = np.clip(adc, 0.0, None) / adc_unit(adc)
    high = next((one for one in scan if one.role is Role.HBV or one.role is Role.DWI), None)
    if high is None:
        s0 = np.where(adc > 0.0, 1000.0, 0.0)
    else:
        signal = make(_on_grid(high.image, adc_image), Role.DWI, None).voxels
        s0 = signal * np.exp((_b_value(high) or ASSUMED_HIGH_B) * np.minimum(adc, 3.5e-3))
        s0 = np.minimum(s0, np.percentile(s0, 99.9))
    clean, degraded = {}, {}
    for b_value in SYNTHETIC_B:
        volume = make(adc_image, Role.DWI, b_value).with_voxels(s0 * np.exp(-b_value * adc))
        clean[b_value], degraded[b_value] = volume, degrade(volume, f"synthetic_b{b_value:g}")
    return _Sources(clean, degraded, synthetic=True)


def adc_unit(adc: Array) -> float:
    """The values of a map for 1 mm2/s, a power of ten: 1e6 where fluid is around 2000, 1e3 where it is around 2."""
    tissue = adc[adc > 0.0]
    return 1e6 if not tissue.size else float(10.0 ** np.round(np.log10(np.percentile(tissue, 90.0) / _HIGH_ADC)))


def _adc_again(stored: Array, before: AdcFit, after: AdcFit, sources: _Sources) -> Array:
    """ADC of the degraded signals in the scanner's unit and with its habits.

    The scanner's fit differs from ours by a few percent (it may fit each direction by itself) and sets the
    background to 0 below a signal of its choice. Both are learned from the clean images, so that the difference
    between the maps is the degradation alone.
    """
    lowest = min(sources.clean)
    signal = sources.clean[lowest].voxels
    tissue = (stored > 0.0) & (before.adc > 0.0)
    if not tissue.any():
        return after.adc * adc_unit(stored)
    bright = tissue & (signal >= np.median(signal[tissue]))
    values = after.adc * float(np.median(stored[bright] / before.adc[bright]))
    floor = _floor(signal, stored)
    return np.where(sources.degraded[lowest].voxels < floor, 0.0, values)


def _floor(signal: Array, stored: Array) -> float:
    """The signal below which a scanner writes no ADC: the one that tells its zeros from its values best.

    A little below the candidates, so that the faintest noise does not take the weakest tissue away.
    """
    candidates = np.concatenate([[0.0], 0.95 * np.percentile(signal[stored > 0.0], np.linspace(0.0, 5.0, 21))])
    wrong = [np.count_nonzero((signal < floor) != (stored <= 0.0)) for floor in candidates]
    return float(candidates[int(np.argmin(wrong))])


def _calculated_again(stored: Array, before: AdcFit, after: AdcFit, b_value: float | None) -> Array:
    b_value = b_value_of_calculated(before, stored) if b_value is None else b_value
    ours = signal_at(before, b_value)
    bright = (stored > np.percentile(stored, 75.0)) & (ours > 0.0)
    scale = float(np.median(stored[bright] / ours[bright])) if bright.any() else 1.0
    return signal_at(after, b_value) * scale


def _on_grid(image: sitk.Image, reference: sitk.Image) -> sitk.Image:
    return image if same_grid(image, reference) else resample_to(image, reference)
