"""Where the packaged forms, tasks, recipes and model cards lie."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .errors import ErrorCode, UserError

RESOURCES = Path(__file__).resolve().parents[2] / "Resources"
"""The module's Resources folder: beside QualityFinetuneLib in the checkout and in Slicer's layout alike."""

OWN_RESOURCES = "QUALITYFINETUNE_RESOURCES"
"""Environment variable that may name the folder of `own_resources`."""


def resource(kind: str, name: str) -> Path:
    """Path of `Resources/<kind>/<name>`.

    Raises:
        UserError: NOT_FOUND naming what there is instead.
    """
    path = RESOURCES / kind / name
    if not path.is_file():
        known = ", ".join(sorted(p.name for p in (RESOURCES / kind).glob("*") if p.is_file())) or "nothing"
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"There is no {kind} file named {name}.",
            why=f"The folder holds: {known}.",
            next="Use one of these names, or give the path of a file of your own.",
        )
    return path


def resources(kind: str, suffix: str) -> list[Path]:
    """All files of `Resources/<kind>` with that suffix, sorted by name."""
    return sorted((RESOURCES / kind).glob(f"*{suffix}"))


def own_resources(kind: str) -> Path:
    """Folder of the user's own `tasks` or `models` for every study; need not exist.

    Below what `QUALITYFINETUNE_RESOURCES` names, else below `QualityFinetune` where programs keep their settings.
    """
    named = os.environ.get(OWN_RESOURCES)
    return (Path(named) if named else _settings_folder() / "QualityFinetune") / kind


def _settings_folder() -> Path:
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
