"""Failures that several tables of the study share."""

from __future__ import annotations

from ..common.errors import ErrorCode, UserError


def not_found(kind: str, key: object) -> UserError:
    """There is no such record; `kind` is the word for it, e.g. `case`."""
    return UserError(
        ErrorCode.NOT_FOUND,
        what=f"There is no {kind} {key} in this study.",
        why="It was never added, or it belongs to another study.",
        next=f"List the study to see its {kind}s.",
    )


def bad_values(what: str, why: str, next: str) -> UserError:
    """A record that cannot be stored as given."""
    return UserError(ErrorCode.BAD_VALUES, what=what, why=why, next=next)
