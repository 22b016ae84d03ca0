"""The quality form as widgets, built from its YAML: a section a sequence, technical items first."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import qt

from ...quality.form import Form, Item
from ...quality.scores import Protocol
from ...workflow.unsaved_form import Answer
from ..i18n import tr as _
from .item_row import ChoiceRow, ItemRow


class FormView:
    """Fills `layout` with the rows of a form; `rows` finds them by item id."""

    def __init__(self, layout: Any, answered: Callable[[Item, Answer], None]) -> None:
        self.rows: dict[str, ItemRow | ChoiceRow] = {}
        self._layout = layout
        self._answered = answered
        self._shown: tuple[str, str] | None = None
        self._widgets: list[Any] = []
        self._headings: list[tuple[Any, tuple[str, ...]]] = []

    def show(self, form: Form | None, protocol: Protocol) -> None:
        """Show the form's items that the protocol asks for; the same form again keeps its rows."""
        wanted = None if form is None else (form.sha256, protocol)
        if wanted == self._shown:
            return
        self._clear()
        self._shown = wanted
        if form is None:
            return
        for section in form.sections:
            if protocol not in section.protocols:
                continue
            self._add_heading(section.title, "section", [item.id for item in section.items])
            for part, title in (("technical", _("From the image headers")), ("visual", _("What you see"))):
                items = section.of_part(part)  # type: ignore[arg-type]
                if items:
                    self._add_heading(title, "part", [item.id for item in items])
                for item in items:
                    row = (ItemRow if item.kind == "bool" else ChoiceRow)(item, self._answered)
                    self.rows[item.id] = row
                    self._add(row.widget)

    def narrow(self, only: Collection[str] | None) -> None:
        """Show only these items, with the headings above them; None shows all."""
        for name, row in self.rows.items():
            row.widget.setVisible(only is None or name in only)
        for heading, items in self._headings:
            heading.setVisible(only is None or any(name in only for name in items))

    def _add_heading(self, text: str, role: str, items: list[str]) -> None:
        heading = _heading(text, role)
        self._headings.append((heading, tuple(items)))
        self._add(heading)

    def _add(self, widget: Any) -> None:
        self._layout.addWidget(widget)
        self._widgets.append(widget)

    def _clear(self) -> None:
        for widget in self._widgets:
            self._layout.removeWidget(widget)
            widget.setParent(None)
            widget.deleteLater()
        self._widgets = []
        self._headings = []
        self.rows = {}


def _heading(text: str, role: str) -> Any:
    label = qt.QLabel(text)
    label.setProperty("role", role)
    return label
