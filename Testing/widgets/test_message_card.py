"""Messages inside a panel."""

from __future__ import annotations

from types import SimpleNamespace

from QualityFinetuneLib.common.errors import ErrorCode, UserError


def test_each_kind_says_what_it_is_in_words(desktop: SimpleNamespace) -> None:
    from QualityFinetuneLib.widgets.message_card import MessageCard

    frame = desktop.qt.QFrame()
    desktop.qt.QVBoxLayout(frame)
    card = MessageCard(frame)
    assert card.text == "" and not frame.isVisible()
    card.problem(UserError(ErrorCode.CONFLICT, what="A.", why="B.", next="C."))
    assert card.text == "Problem: A. B. C." and card.ui.widget.accessibleName == "Problem: A. B. C."
    card.warn("A.")
    assert card.text == "Please note: A."
    card.done("A.", next="C.")
    assert card.text == "Done: A. C."
    card.info("A.")
    assert card.text == "A."
    card.ui.messageCloseButton.click()
    assert card.text == ""
