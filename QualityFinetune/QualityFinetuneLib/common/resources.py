"""Where the packaged forms, tasks, recipes and model cards lie."""

from __future__ import annotations

from pathlib import Path

from .errors import ErrorCode, UserError

RESOURCES = Path(__file__).resolve().parents[2] / "Resources"
"""The module's Resources folder: beside QualityFinetuneLib in the checkout and in Slicer's layout alike."""


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
