"""A recipe worsens with its severity, is kept beside the files, and refuses what it does not know."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cases.simulated.recipe import RECIPE_FILE, SimulatedRecipe, draw_recipe, load_recipe
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.yaml_config import save_yaml


def drawn(severity: float) -> SimulatedRecipe:
    return draw_recipe(patient="p", seed=1, quality="low", severity=severity, spacing_z_mm=3.0, version="x")


def test_everything_worsens_with_severity() -> None:
    recipes = [drawn(step / 10) for step in range(11)]
    for name, falls in (
        ("t2w_snr", True),
        ("t2w_resolution_share", True),
        ("diffusion_snr", True),
        ("t2w_motion_mm", False),
        ("diffusion_distortion_mm", False),
        ("t2w_slice_thickness_mm", False),
    ):
        values = [getattr(recipe, name) for recipe in recipes]
        assert values == sorted(values, reverse=falls), name
        assert values[0] != values[-1], name


def test_a_recipe_is_read_back_and_says_that_it_is_simulated(tmp_path: Path) -> None:
    assert load_recipe(tmp_path) is None
    save_yaml(tmp_path / RECIPE_FILE, drawn(0.5))
    assert load_recipe(tmp_path) == drawn(0.5)
    assert "simulated" in (tmp_path / RECIPE_FILE).read_text()


def test_a_damaged_recipe_is_told(tmp_path: Path) -> None:
    (tmp_path / RECIPE_FILE).write_text("content: real\n")
    with pytest.raises(UserError) as failure:
        load_recipe(tmp_path)
    assert failure.value.code is ErrorCode.BAD_CONFIG


def test_the_record_of_a_degraded_exam_is_no_recipe_of_a_simulated_one(tmp_path: Path) -> None:
    (tmp_path / RECIPE_FILE).write_text("content: degraded\npatient: p\n")
    assert load_recipe(tmp_path) is None
