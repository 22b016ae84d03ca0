"""What a worker's exit code means. Zero only when everything asked for was done."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of `python -m QualityFinetuneLib.engine`."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CANCELLED = 3
    ABANDONED = 4
    """Nobody listened any more and the job did not stop in time, so the process ended itself."""
