"""Exit codes are part of the protocol: scripts rely on them."""

from __future__ import annotations

from QualityFinetuneLib.engine.protocol.exit_codes import ExitCode


def test_the_numbers_never_change() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "DONE": 0,
        "FAILED": 1,
        "USAGE": 2,
        "CANCELLED": 3,
        "ABANDONED": 4,
    }
