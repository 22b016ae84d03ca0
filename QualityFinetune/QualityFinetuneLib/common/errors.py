"""Failures a user can meet: a code, and one sentence each for what, why and what to do next."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Stable names of failures; scripts may match on them, so a name is never reused or changed."""

    UNREADABLE_FILE = "unreadable_file"
    BAD_GEOMETRY = "bad_geometry"
    NOT_AN_EXAM = "not_an_exam"
    MISSING_SERIES = "missing_series"
    BAD_CONFIG = "bad_config"
    BAD_READING = "bad_reading"
    NO_STUDY = "no_study"
    STUDY_VERSION = "study_version"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    HASH_MISMATCH = "hash_mismatch"
    NO_WEIGHTS = "no_weights"
    WRONG_CHECKPOINT = "wrong_checkpoint"
    NO_LABEL = "no_label"
    BAD_LABEL = "bad_label"
    BAD_VALUES = "bad_values"
    TOO_FEW_CASES = "too_few_cases"
    NO_DEVICE = "no_device"
    OUT_OF_MEMORY = "out_of_memory"
    DISK_FULL = "disk_full"
    MISSING_PACKAGE = "missing_package"
    ENGINE_DIED = "engine_died"
    BAD_JOB = "bad_job"
    INTERNAL = "internal"


class UserError(Exception):
    """An expected failure, told in the user's terms.

    Args:
        code: which failure it is.
        what: one sentence, what went wrong, naming the file, case or setting.
        why: one sentence, the cause as far as it is known.
        next: one sentence, what the user can do now.
    """

    def __init__(self, code: ErrorCode, *, what: str, why: str, next: str) -> None:
        super().__init__(f"{what} {why} {next}")
        self.code = code
        self.what = what
        self.why = why
        self.next = next

    def as_dict(self) -> dict[str, str]:
        """The four parts as plain text, for JSON and for a panel's message box."""
        return {"code": self.code.value, "what": self.what, "why": self.why, "next": self.next}
