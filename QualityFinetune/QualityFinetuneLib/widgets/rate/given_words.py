"""Readers' answers to one item side by side, as rich text under the item's words. No Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from ...quality.form import Item
from ...workflow.deciding import Decision, GivenAnswer
from ...workflow.unsaved_form import Answer
from ..i18n import tr as _

COLUMNS = 2
"""With more readers, who said what is told answer by answer."""

COLUMN_PX = 122


def side_by_side(item: Item, given: Sequence[GivenAnswer]) -> str:
    """A column a reader for two of them, else each answer with those who gave it."""
    if len(given) > COLUMNS:
        return "<br>".join(_by_answer(item, given))
    cells = "".join(
        f'<td width="{COLUMN_PX}">{escape(one.reader)}<br><b>{escape(answer_words(item, one.value))}</b></td>'
        for one in given
    )
    return f'<table cellspacing="0" cellpadding="0"><tr>{cells}</tr></table>'


def answer_words(item: Item, value: Answer) -> str:
    """An answer with the sign that the buttons carry."""
    if value is None:
        return _("open")
    if item.kind == "bool":
        return _("✓ Yes") if value else _("✗ No")
    return item.shown(value)


def heading(decision: Decision) -> str:
    """How many items are to be decided, and who read the case."""
    count = len(decision.differing)
    names = ", ".join(decision.names)
    told = _("1 item differs between {names}.") if count == 1 else _("{count} items differ between {names}.")
    told = told.format(count=count, names=names)
    if decision.is_own:
        told = _("{told} One of these readings is your own.").format(told=told)
    return told


def _by_answer(item: Item, given: Sequence[GivenAnswer]) -> list[str]:
    answers = [value for value, _count in Counter(one.value for one in given).most_common()]
    return [
        f"<b>{escape(answer_words(item, value))}</b>: "
        + escape(", ".join(one.reader for one in given if one.value == value))
        for value in answers
    ]
