"""Readings of any form and version, shown with the labels that their reader saw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..common.errors import ErrorCode, UserError
from ..quality.form import Form, load_form, packaged_forms
from ..study.records import Adjudication, Reading
from ..study.study import Study


@dataclass(frozen=True, kw_only=True)
class ShownAnswer:
    """One answer in the words of its form; `score` marks what the form derived, with its title."""

    id: str
    label: str
    answer: str
    score: bool = False


def form_of(study: Study, reading: Reading | Adjudication) -> Form:
    """The form that a reading was made with, in the version of then.

    From the study's own copy; for a reading older than these copies from the study's present form or the packaged
    ones, where name and version are the same.

    Raises:
        UserError: NOT_FOUND when there is no form of that version any more; HASH_MISMATCH for a changed copy.
    """
    kept = study.forms.get(reading.form, reading.form_version)
    if kept is not None:
        return kept
    for form in (*_present(study), *packaged_forms()):
        if (form.name, form.version) == (reading.form, reading.form_version):
            return form
    raise UserError(
        ErrorCode.NOT_FOUND,
        what=f"The form {reading.form} {reading.form_version} is not there.",
        why="The reading is older than the copies that the study keeps of its forms.",
        next=f"Put that version of the form into the folder {study.forms.folder.name} of the study.",
    )


def answers_shown(study: Study, reading: Reading | Adjudication) -> list[ShownAnswer]:
    """Every answer and every derived score of a reading, in the order and words of its own form.

    Raises:
        UserError: as `form_of`.
    """
    form = form_of(study, reading)
    answers = [
        ShownAnswer(id=item.id, label=item.label, answer=item.shown(reading.values[item.id]))
        for item in form.items(reading.protocol)
        if reading.values.get(item.id) is not None
    ]
    scores = [
        ShownAnswer(id=one.id, label=one.title, answer=one.shown(int(reading.scores[one.id])), score=True)
        for one in form.scores_for(reading.protocol)
        if reading.scores.get(one.id) is not None
    ]
    return answers + scores


def _present(study: Study) -> list[Form]:
    """The study's present form, unless its file is gone: an old reading does not depend on it."""
    name = study.settings.form
    if Path(name).suffix in (".yaml", ".yml") and not Path(name).is_file():
        return []
    return [load_form(name)]
