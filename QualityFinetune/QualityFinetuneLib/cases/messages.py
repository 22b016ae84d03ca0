"""Build import messages: one for each thing to tell about one path."""

from __future__ import annotations

from pathlib import Path

from ..common.errors import ErrorCode, UserError
from .found import ImportMessage, Severity


def error(path: Path, code: ErrorCode, what: str, why: str, next: str) -> ImportMessage:
    """Something was left out."""
    return ImportMessage(path=path, severity=Severity.ERROR, code=code, what=what, why=why, next=next)


def warning(path: Path, code: ErrorCode, what: str, why: str, next: str) -> ImportMessage:
    """Something was imported, or rightly passed over, that the user should know about."""
    return ImportMessage(path=path, severity=Severity.WARNING, code=code, what=what, why=why, next=next)


def from_user_error(path: Path, failure: UserError) -> ImportMessage:
    """The message that says what a UserError says."""
    return error(path, failure.code, failure.what, failure.why, failure.next)
