"""The card that installs what is missing."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError


def test_a_failure_is_told_on_the_card_and_can_be_tried_again(desktop: SimpleNamespace, monkeypatch: Any) -> None:
    from QualityFinetuneLib.widgets import install_card

    tries: list[int] = []

    def install() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise UserError(ErrorCode.MISSING_PACKAGE, what="Not installed.", why="Offline.", next="Connect.")

    done: list[bool] = []
    still = [["alembic>=1"], []]
    monkeypatch.setattr(install_card, "missing", lambda *_a: still[len(tries) - 1])
    card = install_card.InstallCard(["alembic>=1"], installed=lambda: done.append(True), do_install=install)
    card.ui.installButton.click()
    assert "Not installed." in card.message.text and not done
    assert card.ui.installButton.isEnabled()
    card.ui.installButton.click()
    assert done == [True]


def test_slicer_5_12_installs_through_its_packaging(desktop: SimpleNamespace) -> None:
    from harness.support_modules import pip_calls
    from QualityFinetuneLib.widgets.install_card import install

    pip_calls.clear()
    install()
    name, arguments, keywords = pip_calls[-1]
    assert name == "pip_ensure" and keywords == {"requester": "QualityFinetune"}
    assert "SQLAlchemy" in str(arguments[0][0])


def test_slicer_5_10_falls_back_to_pip_install(desktop: SimpleNamespace, monkeypatch: Any) -> None:
    from QualityFinetuneLib.widgets import install_card

    asked: list[str] = []
    monkeypatch.setitem(sys.modules, "slicer.packaging", None)
    monkeypatch.delattr(desktop.slicer, "packaging")
    monkeypatch.setattr(desktop.slicer.util, "pip_install", asked.append, raising=False)
    monkeypatch.setattr(install_card, "missing", lambda *_a: ["One>=1", "Two"])
    install_card.install()
    assert asked == ['"One>=1" "Two"']


def test_a_declined_install_is_told(desktop: SimpleNamespace, monkeypatch: Any) -> None:
    from QualityFinetuneLib.widgets.install_card import install

    def decline(*_a: Any, **_k: Any) -> None:
        raise RuntimeError("declined by the user")

    monkeypatch.setattr(desktop.slicer.packaging, "pip_ensure", decline)
    with pytest.raises(UserError, match="declined by the user"):
        install()


def test_an_installer_that_did_nothing_is_told(desktop: SimpleNamespace, monkeypatch: Any) -> None:
    from QualityFinetuneLib.widgets import install_card

    monkeypatch.setattr(install_card, "missing", lambda *_a: ["alembic>=1"])
    card = install_card.InstallCard(["alembic>=1"], installed=lambda: None, do_install=lambda: None)
    card.ui.installButton.click()
    assert "still does not find: alembic>=1." in card.message.text
    assert card.ui.installButton.isEnabled()
