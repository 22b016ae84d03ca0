"""`python -m QualityFinetuneLib` is the command line."""

from __future__ import annotations

import subprocess
import sys


def test_the_package_runs_as_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "QualityFinetuneLib", "--help"], capture_output=True, timeout=60, check=True
    )
    assert b"finetune" in done.stdout


def test_reading_the_commands_collects_nothing_and_running_one_does() -> None:
    program = (
        "import gc, QualityFinetuneLib.__main__ as program, QualityFinetuneLib.cli.main as main; "
        "main.run = lambda: print(gc.isenabled(), gc.get_freeze_count() > 10_000); program.run()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=True)
    assert done.stdout.split() == [b"True", b"True"]
