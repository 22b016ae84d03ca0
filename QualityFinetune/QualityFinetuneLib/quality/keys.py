"""Keys that Slicer already uses: a rating key on one of them would fire neither."""

from __future__ import annotations

_DIGITS = "0123456789"

RESERVED_KEYS = frozenset(
    # Segment Editor: effects, terminology, undo, brush.
    [*_DIGITS, *(f"Shift+{digit}" for digit in _DIGITS), "Esc", "Space", "Z", "Y", "Q", "W", "I"]
    + ["/", "*", ",", ".", "<", ">"]
    # Slice views: link, fit, visibility, browsing.
    + ["B", "F", "V", "R", "G", "T", "[", "]", "{", "}", "Left", "Right", "Up", "Down"]
    # Application.
    + [f"Ctrl+{key}" for key in "FOSW012345H"]
)
"""As QKeySequence writes them."""

KEY_PATTERN = r"^(Shift\+)?([A-Z]|F([1-9]|1[0-2])|[-=;'`\\])$"
"""What a form may use: a letter, a function key or a free mark, alone or with Shift."""
