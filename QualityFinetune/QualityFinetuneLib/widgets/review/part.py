"""What the two halves of Review have in common: judging a mask, and answering a question about the whole exam."""

from __future__ import annotations

from typing import Protocol

from ..keys import KeyBinding


class ReviewPart(Protocol):
    """Shows one kind of task, and does what its keys and the two buttons at the foot ask for."""

    def show(self) -> None:
        """Show the case in view as it is now."""

    def show_buttons(self) -> None:
        """Say on the buttons at the foot what they do next."""

    def primary(self) -> None:
        """The large button: accept or save, and go on."""

    def secondary(self) -> None:
        """The small button: reject or discard."""

    def bindings(self) -> list[KeyBinding]:
        """Keys beside those that work for every task."""

    def done(self) -> set[int]:
        """Cases on which nothing is left to do for this task."""

    def following(self) -> int | None:
        """The next case on which something is."""
