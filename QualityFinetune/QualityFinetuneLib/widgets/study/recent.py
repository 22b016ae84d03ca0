"""The studies opened lately, kept in Slicer's settings: shown on the first page, newest first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

KEY = "QualityFinetune/RecentStudies"
READER_KEY = "QualityFinetune/Reader"
KEPT = 8


class Settings(Protocol):
    """What is used of QSettings."""

    def value(self, key: str, default: object = None) -> object:
        """The kept value, or the default."""
        ...

    def setValue(self, key: str, value: object) -> None:
        """Keep a value."""
        ...


def recent_studies(settings: Settings) -> list[Path]:
    """Folders that still hold a study."""
    kept = settings.value(KEY, "[]")
    try:
        folders = json.loads(str(kept))
    except ValueError:  # written by hand or by another version: nothing worth a message
        return []
    return [Path(folder) for folder in folders if (Path(folder) / "study.yaml").is_file()]


def remember_study(settings: Settings, folder: Path) -> None:
    """Put `folder` first."""
    folders = [folder, *(known for known in recent_studies(settings) if known != folder)][:KEPT]
    settings.setValue(KEY, json.dumps([str(known) for known in folders]))


def last_reader(settings: Settings) -> str:
    """Who read last on this station."""
    return str(settings.value(READER_KEY, "") or "")


def remember_reader(settings: Settings, name: str) -> None:
    """Offer this name the next time."""
    settings.setValue(READER_KEY, name)
