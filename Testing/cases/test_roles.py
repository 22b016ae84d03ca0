"""Names that are stored and exchanged; changing one breaks studies."""

from __future__ import annotations

from QualityFinetuneLib.cases.roles import PROFOUND_CHANNELS, Role


def test_role_names_are_stable() -> None:
    assert [role.value for role in Role] == ["t2w", "t2w_sag", "t2w_cor", "adc", "hbv", "dwi", "dce", "other"]


def test_profound_reads_t2w_then_high_b_then_adc() -> None:
    assert PROFOUND_CHANNELS == (Role.T2W, Role.HBV, Role.ADC)
