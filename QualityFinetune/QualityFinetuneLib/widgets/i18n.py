"""Slicer's translation function; the same text where Slicer is absent, so that presenters need no application."""

from __future__ import annotations

try:
    from slicer.i18n import tr
except ImportError:

    def tr(text: str) -> str:
        """The text itself."""
        return text


__all__ = ["tr"]
