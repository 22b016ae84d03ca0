"""Keep the patient's name and identifiers out of what is shown and stored."""

from __future__ import annotations

import re

from pydicom.dataset import Dataset

IDENTITY = ("PatientName", "PatientID", "OtherPatientIDs", "OtherPatientNames", "PatientBirthName", "AccessionNumber")
"""Keywords that say who the patient is, or which order the exam answers."""

COMMON = {"prostate", "prostata", "pelvis", "mri", "mrt", "patient", "study", "exam", "case", "axial", "tra"}
"""Words that occur in pseudonyms and in descriptions alike and name nobody."""


def without_identity(text: str, forbidden: frozenset[str]) -> str | None:
    """`text`, or None when one of its words is also part of who the patient is."""
    return None if forbidden & _words(text) else text


def identity_words(dataset: Dataset) -> frozenset[str]:
    """The words of the patient's name and identifiers, for `without_identity`."""
    words: set[str] = set()
    for keyword in IDENTITY:
        words |= _words(str(dataset.get(keyword) or ""))
    return frozenset(words)


def _words(text: str) -> set[str]:
    """Words of three letters or digits and more; shorter ones are in every description."""
    return {word for word in re.split(r"[\W_]+", text.lower()) if len(word) >= 3} - COMMON
