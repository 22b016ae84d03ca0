"""Messages carry where, how bad, and the three sentences."""

from __future__ import annotations

from pathlib import Path

from QualityFinetuneLib.cases import messages
from QualityFinetuneLib.cases.found import Severity
from QualityFinetuneLib.common.errors import ErrorCode, UserError

SENTENCES = ("What.", "Why.", "Next.")


def test_errors_and_warnings_differ_in_severity_only() -> None:
    error = messages.error(Path("x"), ErrorCode.CONFLICT, *SENTENCES)
    warning = messages.warning(Path("x"), ErrorCode.CONFLICT, *SENTENCES)
    assert (error.severity, warning.severity) == (Severity.ERROR, Severity.WARNING)
    assert (error.what, error.why, error.next) == (warning.what, warning.why, warning.next) == SENTENCES


def test_a_user_error_becomes_the_same_words() -> None:
    failure = UserError(ErrorCode.BAD_GEOMETRY, what="What.", why="Why.", next="Next.")
    message = messages.from_user_error(Path("x"), failure)
    assert (message.code, message.what, message.why, message.next) == (ErrorCode.BAD_GEOMETRY, *SENTENCES)
    assert message.severity is Severity.ERROR
