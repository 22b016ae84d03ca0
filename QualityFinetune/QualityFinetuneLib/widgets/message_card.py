"""One message inside a panel: what happened, why, what to do next. Never a dialog that has to be clicked away."""

from __future__ import annotations

from typing import Any, Literal

from ..common.errors import UserError
from .i18n import tr as _
from .ui_files import Ui, restyle

Kind = Literal["problem", "warning", "info", "done"]


class MessageCard:
    """Lives in a panel's empty frame and hides it while there is nothing to say."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self.ui = Ui("Message")
        frame.layout().addWidget(self.ui.widget)
        self.ui.messageCloseButton.connect("clicked()", self.clear)
        self.clear()

    @property
    def text(self) -> str:
        """Everything the card says, for tests and screen readers; empty while it is hidden."""
        if not self._shown:
            return ""
        parts = (self.ui.messageTitleLabel.text, self.ui.messageWhyLabel.text, self.ui.messageNextLabel.text)
        return " ".join(part for part in parts if part)

    def clear(self) -> None:
        """Say nothing."""
        self._shown = False
        self._frame.setVisible(False)

    def problem(self, error: UserError) -> None:
        """Tell a failure in the user's terms."""
        self._show("problem", _("Problem: {what}").format(what=error.what), error.why, error.next)

    def warn(self, title: str, why: str = "", next: str = "") -> None:
        """Tell something that deserves attention but stopped nothing."""
        self._show("warning", _("Please note: {what}").format(what=title), why, next)

    def done(self, title: str, why: str = "", next: str = "") -> None:
        """Tell a success."""
        self._show("done", _("Done: {what}").format(what=title), why, next)

    def info(self, title: str, why: str = "", next: str = "") -> None:
        """Tell where things stand."""
        self._show("info", title, why, next)

    def _show(self, kind: Kind, title: str, why: str, next: str) -> None:
        self.ui.messageTitleLabel.setText(title)
        self.ui.messageWhyLabel.setText(why)
        self.ui.messageWhyLabel.setVisible(bool(why))
        self.ui.messageNextLabel.setText(next)
        self.ui.messageNextLabel.setVisible(bool(next))
        card = self.ui.widget
        card.setProperty("kind", kind)
        restyle(card)
        card.setAccessibleName(" ".join(part for part in (title, why, next) if part))
        self._shown = True
        self._frame.setVisible(True)
