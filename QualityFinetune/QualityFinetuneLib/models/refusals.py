"""What is said of a file that cannot serve as weights."""

from __future__ import annotations

from pathlib import Path

from ..common.errors import ErrorCode, UserError

DAMAGED = "It is not a checkpoint, or it is cut off or damaged."
_ANOTHER_FILE = "Download the file again, or choose another one."


def wrong(path: Path, why: str, next: str = _ANOTHER_FILE) -> UserError:
    """The error for a file that is no usable checkpoint."""
    return UserError(ErrorCode.WRONG_CHECKPOINT, what=f"{path.name} cannot be used as weights.", why=why, next=next)


def unreadable(path: Path, error: OSError) -> UserError:
    """The error for a file that is not there or may not be read."""
    return UserError(
        ErrorCode.NO_WEIGHTS,
        what=f"The weights {path} could not be read.",
        why=f"{error.strerror or error}.",
        next="Check the path and that you may read the file.",
    )
