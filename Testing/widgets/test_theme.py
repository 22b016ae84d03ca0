"""The style sheet: contrast, and rules that something uses."""

from __future__ import annotations

import re

import pytest

from QualityFinetuneLib.common.resources import RESOURCES
from QualityFinetuneLib.widgets.theme import STYLE

RULES = [(selector.strip(), body) for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", STYLE)]


def luminance(color: str) -> float:
    """Relative luminance of `#rrggbb`, WCAG 2.2."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("state", ["", ":hover", ":pressed"])
def test_text_on_the_primary_button_is_readable_in_each_state(state: str) -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    rules = dict(RULES)
    text = re.search(r"(?<!-)color: (#\w{6})", rules['QPushButton[role="primary"]'])
    back = re.search(r"background-color: (#\w{6})", rules[f'QPushButton[role="primary"]{state}'])
    assert text is not None and back is not None
    assert contrast(text[1], back[1]) >= 4.5


def test_no_rule_is_for_a_role_that_nothing_has() -> None:
    styled = set(re.findall(r'role="(\w+)"', STYLE))
    library = RESOURCES.parent / "QualityFinetuneLib" / "widgets"
    used = set()
    for path in (RESOURCES / "UI").glob("*.ui"):
        used |= set(re.findall(r'name="role"[^>]*>\s*<string[^>]*>(\w+)<', path.read_text("utf-8")))
    for path in library.rglob("*.py"):
        if path.name != "theme.py":
            used |= set(re.findall(r'"(\w+)"', path.read_text("utf-8")))
    assert styled and styled <= used


def test_every_styled_button_shows_that_it_has_the_keyboard() -> None:
    selectors = [part.strip() for selector, _body in RULES for part in selector.split(",")]
    buttons = {re.sub(r":\w+$", "", one) for one in selectors if one.startswith("QPushButton")}
    assert buttons and all(f"{button}:focus" in selectors for button in buttons)


def test_text_colors_follow_light_and_dark_unless_the_background_is_fixed() -> None:
    for selector, body in RULES:
        fixed = re.search(r"(?<!-)color: #", body)
        assert not fixed or "background-color: #" in body, selector
