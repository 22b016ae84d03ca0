"""The quality rule and the protocol in plain words, and the choices a study offers."""

from __future__ import annotations

from ...quality.form import Form, load_form
from ...quality.scores import Protocol
from ...study.settings import StudySettings
from ..i18n import tr as _


def protocols() -> list[tuple[str, Protocol]]:
    """The protocols as (text, value)."""
    return [
        (_("Biparametric: T2w and diffusion"), "bpmri"),
        (_("Multiparametric: T2w, diffusion and contrast"), "mpmri"),
    ]


def thresholds(settings: StudySettings) -> list[tuple[str, int]]:
    """The thresholds that separate high from low for the study's score, as (text, value)."""
    form = load_form(settings.form)
    possible = form.possible_scores(settings.protocol)[settings.quality_rule.score_id]
    return [(_threshold_words(form, settings, value), value) for value in possible[1:]]


def rule_sentence(settings: StudySettings) -> str:
    """The study's rule as one sentence in the form's own words."""
    return settings.quality_rule.describe(load_form(settings.form))


def with_threshold(settings: StudySettings, threshold: int) -> StudySettings:
    """The settings with another threshold."""
    rule = settings.quality_rule.model_copy(update={"threshold": threshold})
    return settings.model_copy(update={"quality_rule": rule})


def _threshold_words(form: Form, settings: StudySettings, value: int) -> str:
    labels = next(score.labels for score in form.scores if score.id == settings.quality_rule.score_id)
    if value in labels:
        return _("a score of {value} or more ({label})").format(value=value, label=labels[value])
    return _("a score of {value} or more").format(value=value)
