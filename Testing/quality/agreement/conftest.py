"""Published data that the tests of agreement share, and ratings made up at random."""

from __future__ import annotations

import pytest


@pytest.fixture
def canonical() -> list[list[int | None]]:
    """Four observers, twelve units: Krippendorff 2011; also cac.raw4raters of Gwet's software."""
    text = """
        1 1 . 1
        2 2 3 2
        3 3 3 3
        3 3 3 3
        2 2 2 2
        1 2 3 4
        4 4 4 4
        1 1 2 1
        2 2 2 2
        . 5 5 5
        . . 1 1
        . . 3 .
    """
    return [[None if cell == "." else int(cell) for cell in row.split()] for row in text.strip().splitlines()]
