"""A predicted quality beside what the reader said, as sentences. No Qt."""

from __future__ import annotations

from collections.abc import Sequence

from ...workflow.study_predictors import SideBySide
from ..i18n import tr as _
from ..words import number_words, role_words


def waiting(*, repeat: bool) -> str:
    """What stands in the place before the reader has committed."""
    if repeat:
        return _("Predicted quality: shown once this repeat is saved.")
    return _("Predicted quality: shown once your reading is saved.")


def working() -> str:
    """What stands there while it is worked out."""
    return _("Predicted quality: being measured …")


def lines(found: Sequence[SideBySide]) -> str:
    """One line for each prediction."""
    return "\n".join(sentence(one) for one in found)


def sentence(one: SideBySide) -> str:
    """One prediction with its uncertainty and, where the two can be compared, what the reader said."""
    if one.value is None:
        return _("Predicted {title}: none. {why}").format(title=one.title, why=one.why)
    if one.simulated:
        return _("Predicted quality of {series} {value} ± {half} (1 is best; from simulated faults)").format(
            series=role_words(one.role), value=number_words(one.value), half=number_words(one.half_width)
        ) + _remark(one)
    told = _("Predicted {title} {value} ± {half}").format(
        title=one.title, value=number_words(one.value, 1), half=number_words(one.half_width, 1)
    )
    if one.said is not None:
        told = _("{told}, you said {said}").format(told=told, said=one.said)
    if one.second_look:
        told = _("⚑ {told}: worth a second look").format(told=told)
    return told + _remark(one)


def explanation(found: Sequence[SideBySide]) -> str:
    """What the interval means, and what makes a prediction less certain than it."""
    levels = sorted({one.level for one in found})
    told = [
        _(
            "The range holds {percent} % of cases like those it learned from. It is an aid after your own reading; "
            "no quality rule, split or report looks at it."
        ).format(percent=round(100 * level))
        for level in levels
    ]
    return " ".join([*told, *(remark for one in found for remark in one.remarks)])


def _remark(one: SideBySide) -> str:
    return _("; uncertain, see the tool tip.") if one.remarks else "."
