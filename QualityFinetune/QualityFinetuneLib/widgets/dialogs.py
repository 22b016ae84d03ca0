"""The few questions that need a window of the system: a folder, a file, show a file."""

from __future__ import annotations

from pathlib import Path

import qt
import slicer


def choose_folder(title: str) -> Path | None:
    """Ask for a folder; None when the user cancels."""
    chosen = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title)
    return Path(chosen) if chosen else None


def choose_file(title: str) -> Path | None:
    """Ask for an existing file; None when the user cancels."""
    chosen = qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), title)
    return Path(chosen) if chosen else None


def open_file(path: Path) -> None:
    """Show a file in the program that the system uses for it."""
    qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(path)))
