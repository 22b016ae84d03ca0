"""Shown instead of the panels while a package is missing: what, why, one button."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import slicer

from ..common.errors import ErrorCode, UserError
from .i18n import tr as _
from .message_card import MessageCard
from .packages import REQUIREMENTS, missing
from .ui_files import Ui


def install(requirements: Path = REQUIREMENTS) -> None:
    """Install the missing packages with what this Slicer has for it; blocks until pip has ended.

    Raises:
        UserError: MISSING_PACKAGE when the user declined or pip failed.
    """
    try:
        try:
            import slicer.packaging as packaging
        except ImportError:  # Slicer 5.10 and older
            packaging = None
        if packaging is not None and hasattr(packaging, "pip_ensure"):
            packaging.pip_ensure(packaging.load_requirements(requirements), requester="QualityFinetune")
        else:
            slicer.util.pip_install(" ".join(f'"{name}"' for name in missing(requirements)))
    except Exception as error:
        raise UserError(
            ErrorCode.MISSING_PACKAGE,
            what=_("The packages were not installed."),
            why=f"{error}.",
            next=_("Check the network connection and press Install again, or ask your administrator."),
        ) from error


class InstallCard:
    """Drives Install.ui.

    Args:
        names: the packages that are missing.
        installed: called once none is missing any more.
        do_install: replaced in tests.
    """

    def __init__(
        self, names: list[str], *, installed: Callable[[], None], do_install: Callable[[], None] = install
    ) -> None:
        self.ui = Ui("Install")
        self.widget = self.ui.widget
        self.message = MessageCard(self.ui.installMessageFrame)
        self._installed = installed
        self._install = do_install
        self.ui.installTextLabel.setText(
            _("Quality Finetune keeps its studies in a database and needs these Python packages, which are missing:")
        )
        self.ui.installButton.connect("clicked()", self.install)
        self._show(names)

    def install(self) -> None:
        """Install, look again, and go on when nothing is missing."""
        self.ui.installButton.setEnabled(False)
        self.ui.installButton.setText(_("Installing …"))
        self.message.clear()
        slicer.app.processEvents()
        try:
            self._install()
        except UserError as error:
            self.message.problem(error)
        names = missing()
        self.ui.installButton.setEnabled(True)
        if not names:
            self._installed()
            return
        self._show(names)
        if not self.message.text:
            self.message.problem(_still_missing(names))

    def _show(self, names: list[str]) -> None:
        self.ui.installPackagesLabel.setText(", ".join(names))
        self.ui.installButton.setText(_("Install {count} packages").format(count=len(names)))


def _still_missing(names: list[str]) -> UserError:
    """The installer was content, yet they are not there: it wrote to a folder that Slicer does not read."""
    return UserError(
        ErrorCode.MISSING_PACKAGE,
        what=_("The packages were not installed."),
        why=_("The installer ended without an error, but Slicer still does not find: {names}.").format(
            names=", ".join(names)
        ),
        next=_("Restart Slicer; if they are still missing, install Slicer where you may write, and try again."),
    )
