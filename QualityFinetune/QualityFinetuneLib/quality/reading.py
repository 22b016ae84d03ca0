"""A form filled in by a reader: answers held against the form, both parts apart, progress and a content hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from .answers import answers_of
from .conditions import Value
from .form import Form
from .pi_qual import Score, score
from .scores import Part, Protocol


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a reader is: required items answered, of how many."""

    answered: int
    total: int

    @property
    def complete(self) -> bool:
        """Whether every required item is answered."""
        return self.answered == self.total

    def __str__(self) -> str:
        return f"{self.answered} of {self.total} answered"


@dataclass(frozen=True, kw_only=True)
class FilledForm:
    """Checked answers with what follows from them.

    Attributes:
        values: answers in the order of the form; unanswered items are absent.
        technical: those of the technical part; `visual` those of the visual part.
        score: every score that could be derived.
        sha256: hash of form, version, protocol, switched options and answers, see `content_sha256`.
    """

    form: str
    form_version: str
    form_sha256: str
    protocol: Protocol
    options: Mapping[str, bool]
    values: Mapping[str, Value]
    technical: Mapping[str, Value]
    visual: Mapping[str, Value]
    score: Score
    progress: Progress
    sha256: str


def fill(
    form: Form,
    values: Mapping[str, bool | int | None],
    *,
    protocol: Protocol,
    options: Mapping[str, bool] | None = None,
) -> FilledForm:
    """Check answers against the form and derive everything that belongs to a reading.

    Answers about sections that the protocol does not have are left out, so switching the protocol loses no work.

    Raises:
        UserError: BAD_READING naming an unknown item or option, or an item and the values that it allows.
    """
    scored = score(form, values, protocol=protocol, options=options)
    answers = answers_of(form, values, protocol=protocol)
    switched = {**form.defaults(), **(options or {})}
    return FilledForm(
        form=form.name,
        form_version=form.version,
        form_sha256=form.sha256,
        protocol=protocol,
        options=switched,
        values=answers,
        technical=_of_part(form, answers, "technical"),
        visual=_of_part(form, answers, "visual"),
        score=scored,
        progress=progress(form, answers, protocol=protocol),
        sha256=content_sha256(form, answers, protocol=protocol, options=switched),
    )


def progress(form: Form, values: Mapping[str, object], *, protocol: Protocol) -> Progress:
    """How many of the protocol's required items have an answer."""
    required = [item.id for item in form.items(protocol) if item.required]
    answered = sum(values.get(item_id) is not None for item_id in required)
    return Progress(answered=answered, total=len(required))


def content_sha256(
    form: Form, answers: Mapping[str, Value], *, protocol: Protocol, options: Mapping[str, bool]
) -> str:
    """SHA-256 of the canonical JSON (sorted keys, no spaces, ASCII) of what was answered to which form.

    The order of the answers and unanswered items do not change it; any change of an answer or of the form does.
    """
    content = {
        "form": form.name,
        "form_version": form.version,
        "form_sha256": form.sha256,
        "protocol": protocol,
        "options": dict(options),
        "values": dict(answers),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _of_part(form: Form, answers: Mapping[str, Value], part: Part) -> dict[str, Value]:
    return {item.id: answers[item.id] for item in form.items() if item.part == part and item.id in answers}
