"""Every measure says what it is."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from QualityFinetuneLib.quality.degradations import KINDS
from QualityFinetuneLib.quality.measures import DEFINITIONS, definitions
from QualityFinetuneLib.quality.measures.definition import Degradation, measures

ASKED_FOR = {
    "snr", "cnr", "cjv", "efc", "fber", "entropy", "sharpness", "blur", "edge_width", "ghost_energy", "n2_ghost",
    "noise_background", "noise_local", "bias_field", "gland_displacement", "gland_distortion",
    "gland_adc_implausible",
}  # fmt: skip


def test_the_catalogue_has_what_a_reading_needs() -> None:
    assert set(DEFINITIONS) >= ASKED_FOR


@pytest.mark.parametrize("one", definitions(), ids=lambda one: one.name)
def test_a_measure_has_formula_unit_source_and_known_degradations(one: object) -> None:
    assert one.unit and one.source and len(one.formula) > 20
    assert set(one.sees) <= set(get_args(Degradation))
    assert one.gland == one.name.startswith("gland_")
    assert not one.sees or one.better in ("higher", "lower")


def test_every_degradation_is_seen_by_a_measure() -> None:
    assert {name for one in definitions() for name in one.sees} == set(get_args(Degradation)) == set(KINDS)


def test_the_page_on_measures_lists_each_with_its_unit_and_direction() -> None:
    page = (Path(__file__).parents[3] / "docs" / "measures.md").read_text(encoding="utf-8")
    for one in definitions():
        assert f"| `{one.name}` | {one.unit} | {one.better or '–'} |" in page, one.name


def test_two_measures_cannot_have_one_name() -> None:
    with pytest.raises(ValueError, match="two measures are called snr"):
        measures("snr", unit="1", better="higher", source="nobody")(lambda series: 0.0)
