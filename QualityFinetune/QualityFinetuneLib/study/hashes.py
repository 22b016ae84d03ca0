"""Content hashes of readings and the like: the same content gives the same hash on any machine and database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic_core import to_jsonable_python

from ..common.errors import ErrorCode, UserError
from .records import Adjudication, Answer, NewAdjudication, NewAnswer, NewReading, Reading


def plain(content: Mapping[str, Any], *, what: str) -> dict[str, Any]:
    """`content` as plain JSON types: paths, times and enums become text.

    Raises:
        UserError: BAD_VALUES for numbers that JSON has no word for (NaN, infinity).
    """
    converted: dict[str, Any] = to_jsonable_python(dict(content), inf_nan_mode="constants")
    try:
        json.dumps(converted, allow_nan=False)
    except ValueError as error:
        raise UserError(
            ErrorCode.BAD_VALUES,
            what=f"The {what} could not be stored.",
            why="A number in it is infinite or not a number.",
            next="Leave such a number out, or store it as empty with a reason.",
        ) from error
    return converted


def canonical_json(content: Mapping[str, Any]) -> str:
    """Keys sorted, no blanks, characters as they are: one text for one content."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def reading_sha256(
    reading: NewReading | Reading, *, exam: str, reader: str, software_version: str, supersedes_sha256: str | None
) -> str:
    """SHA-256 of a reading's canonical JSON.

    It names the exam and the reader instead of row ids, so it stays valid in a copy of the study, and holds the
    hash of the reading it supersedes, so that no link of the chain can be exchanged unseen. The number of a repeat
    is part of it; a first reading has none, so that hashes made before there were repeats stay valid.
    """
    content = {
        **({"repeat": reading.repeat} if reading.repeat else {}),
        "exam": exam,
        "reader": reader,
        "form": reading.form,
        "form_version": reading.form_version,
        "protocol": reading.protocol,
        "values": plain(reading.values, what="answers"),
        "exam_score": reading.exam_score,
        "scores": plain(reading.scores, what="scores"),
        "technical": plain(reading.technical, what="technical part"),
        "visual": plain(reading.visual, what="visual part"),
        "started": utc_text(reading.started),
        "finished": utc_text(reading.finished),
        "active_s": float(reading.active_s),
        "software_version": software_version,
        "supersedes_sha256": supersedes_sha256,
    }
    return hashlib.sha256(canonical_json(content).encode("utf-8")).hexdigest()


def adjudication_sha256(
    adjudication: NewAdjudication | Adjudication,
    *,
    exam: str,
    reader: str,
    software_version: str,
    settles_sha256: Iterable[str],
    supersedes_sha256: str | None,
) -> str:
    """SHA-256 of an adjudication's canonical JSON; readings and the one before are named by their hashes."""
    content = {
        "exam": exam,
        "reader": reader,
        "form": adjudication.form,
        "form_version": adjudication.form_version,
        "protocol": adjudication.protocol,
        "values": plain(adjudication.values, what="decided answers"),
        "exam_score": adjudication.exam_score,
        "scores": plain(adjudication.scores, what="scores"),
        "note": adjudication.note,
        "decided": utc_text(adjudication.decided),
        "software_version": software_version,
        "settles_sha256": sorted(settles_sha256),
        "supersedes_sha256": supersedes_sha256,
    }
    return hashlib.sha256(canonical_json(content).encode("utf-8")).hexdigest()


def answer_sha256(
    answer: NewAnswer | Answer,
    *,
    exam: str,
    reader: str | None,
    created: datetime,
    software_version: str,
    supersedes_sha256: str | None,
) -> str:
    """SHA-256 of an answer's canonical JSON; the exam, the reader and the one before are named, not numbered."""
    content = {
        "exam": exam,
        "task": answer.task,
        "origin": answer.origin,
        "reader": reader,
        "run_id": answer.run_id,
        "source": answer.source,
        "status": answer.status,
        "values": plain(answer.values, what="answer"),
        "probabilities": None if answer.probabilities is None else plain(answer.probabilities, what="probabilities"),
        "created": utc_text(created),
        "software_version": software_version,
        "supersedes_sha256": supersedes_sha256,
    }
    return hashlib.sha256(canonical_json(content).encode("utf-8")).hexdigest()


def utc_text(time: datetime) -> str:
    """ISO 8601 in UTC with microseconds."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")
