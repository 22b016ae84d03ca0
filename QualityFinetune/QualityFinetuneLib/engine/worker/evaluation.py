"""What evaluations of masks and of answers have in common. Knows no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ...common.errors import ErrorCode, UserError
from ...common.files import write_text
from .context import JobContext

METRICS_FILE = "metrics.json"


def not_comparable(case: str, missing: str) -> UserError:
    """What to tell of a case that lacks one of the two sides."""
    return UserError(
        ErrorCode.NO_LABEL,
        what=f"Case {case} cannot be evaluated.",
        why=f"It has no {missing}.",
        next="Leave the case out, or give it one.",
    )


def hand_over(document: Mapping[str, object], folder: Path, context: JobContext) -> None:
    """Write `metrics.json` into the folder, completely or not at all, and tell it."""
    path = folder / METRICS_FILE
    write_text(path, json.dumps(document, indent=1, allow_nan=False) + "\n")
    context.artifact("metrics", path)
