"""Take what identifies a case out of free text that leaves the study."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .records import Case

if TYPE_CHECKING:
    from .study import Study

SHORTEST = 4
"""Keys with fewer characters are not looked for in text: they identify nobody, and would hit ordinary numbers."""


def label_of(case: Case, *, blinded: bool) -> str:
    """What to call a case: `Case 0007` where blinded, else its name. A simulated case says so either way."""
    name = f"Case {case.id:04d}" if blinded else case.name
    return f"{name} (simulated)" if case.simulated and "simulated" not in name.casefold() else name


class Blinding:
    """Replaces patient keys, exams, names and folders of cases by their neutral labels in a blinded study.

    Whole words only: `P001` is replaced in `P001_t2w.nrrd`, not in `XP0012`.

    Args:
        study: whose cases.
        blinded: None takes the study's setting.
    """

    def __init__(self, study: Study, *, blinded: bool | None = None) -> None:
        self._folder = str(study.folder)
        self._labels: dict[str, str] = {}
        if study.settings.blinded if blinded is None else blinded:
            for case in study.cases.all():
                for key in (case.patient, case.exam, case.name, case.slug):
                    if len(key) >= SHORTEST:
                        self._labels.setdefault(key, label_of(case, blinded=True))
        longest_first = sorted(self._labels, key=len, reverse=True)
        either = "|".join(re.escape(key) for key in longest_first)
        self._pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{either})(?![A-Za-z0-9])") if either else None

    def text(self, text: str) -> str:
        """`text` without the study's place on this computer and without identity."""
        text = text.replace(self._folder, ".")
        return self._pattern.sub(lambda found: self._labels[found.group()], text) if self._pattern else text

    def content(self, content: Any) -> Any:
        """The same for every text and key within plain JSON content."""
        if isinstance(content, str):
            return self.text(content)
        if isinstance(content, dict):
            return {self.text(key): self.content(value) for key, value in content.items()}
        if isinstance(content, list):
            return [self.content(value) for value in content]
        return content
