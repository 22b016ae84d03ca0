"""Recipes: YAML there and back, packaged ones, and mistakes told by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.yaml_config import parse_yaml, save_yaml
from QualityFinetuneLib.quality.degradations.kinds import KINDS
from QualityFinetuneLib.quality.degradations.recipe import (
    Recipe,
    load_degradations,
    packaged,
    packaged_names,
    single,
)


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("severity", [0.0, 0.37, 1.0])
def test_a_recipe_survives_its_file(tmp_path: Path, kind, severity) -> None:
    recipe = single(kind, severity, seed=2**40)
    save_yaml(tmp_path / "recipe.yaml", recipe)
    assert load_degradations(tmp_path / "recipe.yaml") == recipe
    assert recipe.is_identity == (severity == 0.0)


def test_presets_exist_and_grow() -> None:
    assert {"mild", "moderate", "severe"} <= set(packaged_names())
    mild, moderate, severe = (
        {step.kind: step.severity for step in packaged(name).steps} for name in ("mild", "moderate", "severe")
    )
    for kind, severity in mild.items():
        assert severity < moderate[kind] < severe[kind]


@pytest.mark.parametrize("name", packaged_names())
def test_packaged_recipes_are_valid_and_named_after_their_file(name) -> None:
    assert packaged(name).name == name


def test_an_unknown_preset_names_what_there_is() -> None:
    with pytest.raises(UserError) as caught:
        packaged("awful")
    assert caught.value.code is ErrorCode.NOT_FOUND
    assert "severe.yaml" in caught.value.why


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("steps: []", "steps"),
        ("steps:\n- {kind: blur, severity: 0.5}", "kind"),
        ("steps:\n- {kind: motion, severity: 2}", "line 2"),
        ("steps:\n- {kind: motion, shift: 2}", "give a severity"),
        ("steps:\n- {kind: motion, shift_mm: -1}", "shift_mm"),
        ("seed: -1\nsteps:\n- {kind: motion, severity: 0.5}", "Line 1, seed"),
        ("name: ../x\nsteps:\n- {kind: motion, severity: 0.5}", "Line 1, name"),
        ("steps:\n- {kind: motion, severity: 0.5, phase_encoding: up}", "phase_encoding"),
    ],
)
def test_mistakes_are_told(text, told) -> None:
    with pytest.raises(UserError) as caught:
        parse_yaml(text, Recipe, source="recipe.yaml")
    assert caught.value.code is ErrorCode.BAD_CONFIG
    assert told in caught.value.why


def test_an_unknown_kind_is_no_recipe() -> None:
    with pytest.raises(KeyError):
        single("blur", 0.5)
