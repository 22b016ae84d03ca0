"""Model cards as a reader sees them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from QualityFinetuneLib.models.registry import card, cards
from QualityFinetuneLib.widgets.finetune.card_words import card_html, missing_weights, needs_file


def test_every_card_tells_source_license_and_limits() -> None:
    for one in cards():
        html = card_html(one)
        assert "Source:" in html and "License:" in html and "Limits:" in html


def test_what_a_card_says_is_no_markup() -> None:
    risky = card("taps_gland").model_copy(update={"limits": "<script>"})
    assert "<script>" not in card_html(risky)


def test_only_weights_of_a_package_can_be_missing(monkeypatch: Any) -> None:
    from QualityFinetuneLib.widgets.finetune import card_words

    monkeypatch.delenv("QUALITYFINETUNE_PYTHON", raising=False)
    monkeypatch.setattr(card_words, "weights_path", lambda _card: None)
    assert "lavlab-taps" in missing_weights(card("taps_gland"), engine_python=None)
    assert missing_weights(card("profound_conv"), engine_python=None) == ""
    assert needs_file(card("profound_conv")) and not needs_file(card("taps_gland"))


def test_another_python_answers_for_its_own_weights(monkeypatch: Any, tmp_path: Path) -> None:
    from QualityFinetuneLib.widgets.finetune import card_words

    other = tmp_path / "python3"
    other.symlink_to(sys.executable)
    monkeypatch.setattr(card_words, "weights_path", lambda _card: None)
    assert missing_weights(card("taps_gland"), engine_python=other) == ""
