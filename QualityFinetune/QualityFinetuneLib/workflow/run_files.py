"""Maps that a run wrote beside its masks, found again by case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..common.files import inside
from ..engine.protocol.events import Artifact
from ..study.records import Run
from .prepared import case_id_of

KEPT_FILES = ("uncertainty", "probability")
"""Roles of artifacts that a run's results name; masks, answers and models are rows of their own."""


def file_entry(event: Artifact, folder: Path) -> dict[str, Any]:
    """What the results of a run in `folder` keep of a file: role, case, its path within the folder, SHA-256."""
    path = event.path.relative_to(folder) if event.path.is_relative_to(folder) else event.path
    case_id = None if event.case is None else case_id_of(event.case)
    return {"role": event.role, "case_id": case_id, "path": path.as_posix(), "sha256": event.sha256}


def run_files(run: Run, role: str) -> dict[int, list[Path]]:
    """Absolute paths of a finished run's files of that role (`uncertainty`, `probability`), by the case's id.

    Probabilities come in the order of the task's labels. Files that are gone are left out.
    """
    found: dict[int, list[Path]] = {}
    for entry in (run.results or {}).get("files", ()):
        if entry["role"] == role and entry["case_id"] is not None:
            path = inside(run.folder, entry["path"])
            if path.is_file():
                found.setdefault(entry["case_id"], []).append(path)
    return found
