"""Which packages that the panels need are missing in this Python. Standard library only: it runs before them."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[2] / "Resources" / "requirements.txt"

_LINE = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:>=\s*([0-9][0-9.]*))?")


def requirements(path: Path = REQUIREMENTS) -> list[tuple[str, str]]:
    """Name and lowest version of each package in the file."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        match = _LINE.match(line)
        if match is not None:
            found.append((match.group(1), match.group(2) or "0"))
    return found


def missing(path: Path = REQUIREMENTS, *, version_of: Callable[[str], str] = metadata.version) -> list[str]:
    """The requirements that are absent or too old, as pip wants them."""
    importlib.invalidate_caches()  # pip may have installed some since the last look
    lacking = []
    for name, lowest in requirements(path):
        try:
            there = version_of(name)
        except metadata.PackageNotFoundError:
            there = ""
        if not there or _numbers(there) < _numbers(lowest):
            lacking.append(f"{name}>={lowest}" if lowest != "0" else name)
    return lacking


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0].split("rc")[0])[:3])
