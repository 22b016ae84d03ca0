"""What the answers come to, in words: score, rule, parts, reasons, time; what the headers say of an item. No Qt."""

from __future__ import annotations

from ...quality.pi_qual import Score
from ...study.settings import StudySettings
from ...workflow.deciding import Decision
from ...workflow.rating import Rater
from ...workflow.unsaved_form import Answer
from ..i18n import tr as _
from ..words import clock_words, quality_words

Filling = Rater | Decision
"""A form being filled: a reading, or a decision between readings."""


def title(filling: Filling | None) -> str:
    """The exam score in large letters."""
    if filling is None:
        return ""
    exam = filling.score.exam
    if exam is None:
        return _("{title}: –").format(title=filling.form.title)
    labels = next((score.labels for score in filling.form.scores if score.id == "exam"), {})
    shown = f"{exam} ({labels[exam]})" if exam in labels else str(exam)
    return _("{title}: {score}").format(title=filling.form.title, score=shown)


def rule(filling: Filling | None, settings: StudySettings) -> str:
    """What is still open, or what the study's rule makes of the score."""
    if filling is None:
        return ""
    score = filling.score
    if score.missing:
        if len(score.missing) == 1:
            return _("1 item is still open.")
        return _("{count} items are still open.").format(count=len(score.missing))
    return _("{quality} quality by this study's rule.").format(
        quality=quality_words(settings.quality_rule.stratum(score))
    )


def parts(filling: Filling | None) -> str:
    """The score of each sequence in one line."""
    if filling is None:
        return ""
    score: Score = filling.score
    sections = [one for one in filling.form.scores_for(filling.protocol) if one.section is not None and not one.part]
    told = []
    for one in sections:
        value = score.scores.get(one.id)
        told.append(f"{one.title} {'–' if value is None else one.shown(value)}")
    return " · ".join(told)


def reasons(filling: Filling | None) -> str:
    """Why the score is what it is, one sentence a line."""
    return "\n".join(filling.score.reasons) if filling is not None else ""


def time(filling: Filling | None) -> str:
    """Active time so far, and whether it stands still."""
    if filling is None:
        return ""
    clock = clock_words(filling.timer.active_s)
    return (_("Paused at {time}") if filling.timer.paused else _("Time {time}")).format(time=clock)


def finding(filling: Filling | None, item_id: str) -> str:
    """What the headers say about a technical item, and whether the reader overruled it."""
    found = filling.findings.get(item_id) if filling is not None else None
    if filling is None or found is None:
        return ""
    if found.passed is None:
        return _("Headers: {found} Please decide.").format(found=_sentence(found.found))
    met = _("requirement met") if found.passed else _("requirement not met")
    told = _("Headers: {found}, {met}.").format(found=found.found.rstrip("."), met=met)
    value: Answer = filling.values.get(item_id)
    if value is not None and value != found.passed:
        return _("{told} Changed by you.").format(told=told)
    return told


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
