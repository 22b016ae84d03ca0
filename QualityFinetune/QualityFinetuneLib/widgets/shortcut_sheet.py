"""The sheet behind the "?" button: every key, what it does, and where it works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .i18n import tr as _
from .tables import fill_table
from .ui_files import Ui


def general_keys() -> list[tuple[str, str, str]]:
    """Keys of Slicer's views that a reader needs in every step."""
    everywhere = _("Any slice view")
    return [
        (_("↑ ↓, mouse wheel"), _("Next or previous slice"), everywhere),
        (_("Right drag"), _("Zoom"), everywhere),
        (_("Shift + mouse move"), _("Show the same point in all views"), everywhere),
        ("R", _("Fit the image to the view"), everywhere),
        ("G", _("Show or hide the segmentation"), everywhere),
    ]


class ShortcutSheet:
    """A window that stays beside the work until it is closed."""

    def __init__(self) -> None:
        self.ui = Ui("Shortcuts")
        self.ui.shortcutsCloseButton.connect("clicked()", self.ui.widget.close)

    def show(self, keys: Sequence[tuple[str, str, str]], *, parent: Any = None) -> None:
        """Show (key, what, where) rows, then those of the views."""
        fill_table(self.ui.shortcutsTable, [*keys, *general_keys()])
        if parent is not None:
            self.ui.widget.setWindowTitle(_("Keyboard shortcuts"))
        self.ui.widget.show()
        self.ui.widget.raise_()
