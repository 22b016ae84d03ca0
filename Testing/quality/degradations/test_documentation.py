"""The documentation tells the severity tables as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.quality.degradations.kinds import KINDS
from QualityFinetuneLib.quality.degradations.recipe import packaged_names

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "degradations.md").read_text(encoding="utf-8")


def shown(value: float) -> str:
    return f"{value:g}".replace("inf", "∞").replace("-", "−")


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_row_of_every_table_is_documented(kind) -> None:
    for name, row in KINDS[kind].table.items():
        assert f"| {kind} | `{name}` | {' | '.join(map(shown, row))} |" in TEXT


@pytest.mark.parametrize("name", [*packaged_names(), *KINDS])
def test_every_kind_and_packaged_recipe_is_explained(name) -> None:
    assert f"**{name}**" in TEXT or f"`{name}`" in TEXT
