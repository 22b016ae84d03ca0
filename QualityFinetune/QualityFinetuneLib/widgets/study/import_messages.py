"""What an import had to say, as a list that can be read: one entry a file."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ...cases.found import ImportMessage, Severity
from ..i18n import tr as _


def title(added: int, messages: Sequence[ImportMessage], *, cancelled: bool = False) -> str:
    """The result of an import in one sentence."""
    failed = sum(message.severity is Severity.ERROR for message in messages)
    if cancelled:
        return _("The import was stopped; the exams imported until then stay.")
    if added == 0 and failed == 0:
        return _("No new exam was found in this folder.")
    if failed == 0:
        return _("{added} exams were imported.").format(added=added)
    return _("{added} exams were imported; {failed} files were not.").format(added=added, failed=failed)


def as_html(messages: Sequence[ImportMessage], *, limit: int = 200) -> str:
    """Errors first, then warnings, each with file, what, why and what to do next; empty when there are none."""
    ordered = sorted(messages, key=lambda message: message.severity is not Severity.ERROR)
    entries = [_entry(message) for message in ordered[:limit]]
    if len(ordered) > limit:
        entries.append(_("<p>… and {count} more.</p>").format(count=len(ordered) - limit))
    return "".join(entries)


def _entry(message: ImportMessage) -> str:
    kind = _("Not imported") if message.severity is Severity.ERROR else _("Please note")
    return (
        f"<p><b>{escape(kind)}: {escape(message.path.name)}</b><br>"
        f"{escape(message.what)} {escape(message.why)}<br><i>{escape(message.next)}</i></p>"
    )
