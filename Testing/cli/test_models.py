"""`models`: cards with licence and limits, and the study's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from QualityFinetuneLib.engine.protocol.job_file import AnyJob


def test_cards_are_listed_without_a_study(run: Any, tmp_path: Path) -> None:
    document = run("models", "list", "--study", tmp_path, "--json").document
    cards = {card["name"]: card for card in document["cards"]}
    assert {"taps_gland", "profound_conv"} <= set(cards)
    assert cards["profound_conv"]["weights_here"] == "give a file"
    assert document["models"] == []


def test_a_card_shows_source_licence_and_limits(run: Any) -> None:
    ran = run("models", "show", "profound_conv")
    assert ran.code == 0
    assert "github.com/pipiwang/ProFound" in ran.out
    assert "README of their repository" in ran.out
    assert run("models", "show", "taps_gland", "--json").document["card"]["licence"] == "MIT"


def test_weights_that_are_named_but_not_there_are_told(run: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("QUALITYFINETUNE_TAPS_WHEEL", "/no/such/wheel.whl")
    card = run("models", "show", "taps_gland", "--json").document["card"]
    assert card["weights_here"].startswith("no: ")


def test_models_of_the_study_are_listed_and_shown(run: Any, study: Path, scripted: list[AnyJob]) -> None:
    run("finetune", "--study", study)
    assert "zones 1" in run("models", "list", "--study", study).out
    document = run("models", "show", "zones 1", "--study", study, "--json").document
    assert document["model"]["task"] == "zones"
    assert document["card"]["name"] == "taps_gland"


def test_an_unknown_name_is_told(run: Any, study: Path) -> None:
    assert run("models", "show", "nothing", "--study", study).code == 1
