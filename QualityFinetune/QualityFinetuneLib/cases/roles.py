"""What a series is for. One word for it everywhere: database, forms, file names, channels, nodes."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Role of a series in a prostate exam."""

    T2W = "t2w"
    T2W_SAG = "t2w_sag"
    T2W_COR = "t2w_cor"
    ADC = "adc"
    HBV = "hbv"
    DWI = "dwi"
    DCE = "dce"
    OTHER = "other"


PROFOUND_CHANNELS = (Role.T2W, Role.HBV, Role.ADC)
"""Channel order that ProFound was pretrained with (arXiv 2603.03961): T2w, high-b DWI, ADC."""

HIGH_B_FROM = 1000.0
"""b-value in s/mm2 from which a diffusion volume can serve as the high-b channel when nothing higher exists.

PI-QUAL v2 itself asks for 1400 s/mm2; that check belongs to quality, not to finding the channel.
"""
