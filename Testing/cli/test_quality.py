from __future__ import annotations

from typing import Any


def test_the_group_names_its_commands(run: Any) -> None:
    ran = run("quality", "--help")
    assert ran.code == 0
    for command in ("agreement", "adjudicate", "distribution", "export-sr"):
        assert command in ran.out
