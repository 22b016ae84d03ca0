"""The mix as numbers, a bar and a table."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def finetune(rated: Any) -> Any:
    rated.go_to("Finetune")
    return rated.finetune


def test_a_changed_number_is_said_at_once(finetune: Any) -> None:
    ui = finetune.ui
    ui.highSpin.setValue(1)
    ui.lowSpin.setValue(0)
    assert ui.mixSentenceLabel.text.startswith("To train on: 1, 100 % of them of high quality.")
    assert ui.mixBarLabel.isVisible()
    ui.highSpin.setValue(0)
    assert not ui.mixBarLabel.isVisible() and not ui.startButton.isEnabled()


def test_every_case_takes_the_numbers_out_of_hand(finetune: Any) -> None:
    finetune.ui.everythingCheck.click()
    assert not finetune.ui.highSpin.isEnabled() and finetune.presenter.choices.everything
    assert "rated or not" in finetune.ui.mixSentenceLabel.text
