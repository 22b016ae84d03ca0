"""The private coding scheme of forms: every section, item, score and named value of any form has a code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..form import Form

SCHEME = "99QUALFT"
SCHEME_NAME = "QualityFinetune image quality forms"
SCHEME_VERSION = "1"
"""Raised when the way in which codes are made changes; forms have versions of their own."""

LONGEST_MEANING = 64
"""Characters of a code meaning (DICOM VR LO)."""

CodeKind = Literal["section", "item", "score", "value", "found", "measure", "record"]
RECORD = "qualityfinetune"
"""What stands in place of a form in the codes that belong to no form."""
RECORD_FIELDS = {
    "kind": "Kind of record",
    "form": "Form",
    "form_version": "Version of the form",
    "protocol": "Protocol",
    "repeat": "Number of the repeat",
    "sha256": "SHA-256 of the record",
    "note": "Reasons of the decision",
}


@dataclass(frozen=True, kw_only=True)
class FormCode:
    """A code of the scheme.

    Attributes:
        value: `form:kind:name`, e.g. `pi-qual-v2:item:t2w_snr`; of a named value `form:value:item=3`.
        meaning: the form's wording, cut to what DICOM allows.
    """

    value: str
    meaning: str


def code(form: str, kind: CodeKind, name: str, meaning: str) -> FormCode:
    """The code of one thing."""
    cut = meaning if len(meaning) <= LONGEST_MEANING else f"{meaning[: LONGEST_MEANING - 3].rstrip()}..."
    return FormCode(value=f"{form}:{kind}:{name}", meaning=cut)


def split(value: str) -> tuple[str, str, str]:
    """Form, kind and name of a code's value (ValueError for a foreign one)."""
    form, kind, name = value.split(":", 2)
    return form, kind, name


def codes_of(form: Form) -> Iterator[FormCode]:
    """Every code of a form, in its order: sections with their items and named values, then scores."""
    for section in form.sections:
        yield code(form.name, "section", section.id, section.title)
        for item in section.items:
            yield code(form.name, "item", item.id, item.label)
            if item.kind == "choice":
                for number, label in sorted(item.labels.items()):
                    yield code(form.name, "value", f"{item.id}={number}", label)
            if item.check is not None:
                yield code(form.name, "found", item.id, f"In headers: {item.label}")
    seen: set[str] = set()
    for score in form.scores:
        if score.id not in seen:
            yield code(form.name, "score", score.id, score.title)
        seen.add(score.id)
