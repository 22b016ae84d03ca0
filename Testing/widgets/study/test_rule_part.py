"""What high quality means, as the Study panel sets it."""

from __future__ import annotations

from typing import Any


def test_the_panel_shows_what_the_study_says(opened: Any) -> None:
    settings = opened.session.study.settings
    opened.session.save_settings(settings.model_copy(update={"protocol": "mpmri", "blinded": False}))
    assert opened.study.ui.protocolCombo.currentIndex == 1 and not opened.study.ui.blindedCheck.isChecked()


def test_showing_settings_saves_nothing(opened: Any) -> None:
    before = opened.session.study.settings
    opened.study.refresh()
    assert opened.session.study.settings is before
