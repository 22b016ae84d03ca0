"""Folder and file names made from free text: safe on every file system, nothing added to what was given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from itertools import count

MAX_LENGTH = 60
"""Short enough for Windows' 260-character paths even in a deep study folder."""

_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
"""Device names that Windows refuses as file names, whatever the suffix."""


def slug(text: str, *, otherwise: str = "case") -> str:
    """`text` reduced to ASCII letters, digits, `_` and `-`; `otherwise` when nothing is left.

    Accents are dropped, every other run of characters becomes one `-`. At most `MAX_LENGTH` characters.
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    safe = re.sub(r"[^A-Za-z0-9_]+", "-", ascii_text).strip("-")[:MAX_LENGTH].strip("-")
    if not safe:
        return otherwise
    return f"{safe}-{otherwise}" if safe.lower() in _RESERVED else safe


def unused(base: str, taken: Collection[str]) -> str:
    """`base`, or `base-2`, `base-3` ...: the first whose case-folded form is not among `taken`."""
    if base.casefold() not in taken:
        return base
    return next(name for number in count(2) if (name := f"{base}-{number}").casefold() not in taken)
