"""`python -m QualityFinetuneLib` is the command line."""

from __future__ import annotations

import subprocess
import sys


def test_the_package_runs_as_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "QualityFinetuneLib", "--help"], capture_output=True, timeout=60, check=True
    )
    assert b"finetune" in done.stdout
